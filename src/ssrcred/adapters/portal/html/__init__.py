"""Pages of HTML: as a browser cuts, builds and labels them, and what their forms send."""
