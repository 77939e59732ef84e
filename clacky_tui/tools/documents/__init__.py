"""Text out of documents and archives, through small scripts that a person or a model may repair."""

from clacky_tui.tools.documents.extract import Extracted, document_kind, extract

__all__ = ["Extracted", "document_kind", "extract"]
