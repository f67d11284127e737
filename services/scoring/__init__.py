"""Scoring: are the programme's criteria met, and how poor is the household by the proxy means test?"""
