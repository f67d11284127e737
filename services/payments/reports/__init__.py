"""Reports of providers: judged by what is known of their payment, kept where they cannot be true, followed."""
