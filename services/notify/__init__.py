"""notify: what became of an application, for whoever sent it. Reads every source's status topic; decides nothing."""
