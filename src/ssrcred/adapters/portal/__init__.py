"""A SIS portal: its pages, an account's visit to them, and the drivers that read and save."""
