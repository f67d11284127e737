"""A server that speaks MongoDB's wire protocol (FerretDB over SQLite), for the tests of the Mongo adapter."""
