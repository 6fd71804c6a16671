"""One account's visit to a portal: signed in once, and led from page to page."""
