"""The rules that lint holds a reply against, one idea a file. Pure but for the classifier that it may be given."""
