"""Settlement statements of providers: read whole or not at all, loaded once, and matched with journal and reports."""
