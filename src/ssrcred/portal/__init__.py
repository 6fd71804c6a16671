"""A SIS portal found by its visible words: the map of those words, and the rules that guess whose fields they name."""
