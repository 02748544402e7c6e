// Rows are named in it.
@_exported import Vocabulary
