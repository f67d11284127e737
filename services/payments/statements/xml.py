"""Reading ISO 20022 files of banks: whole, in UTF-8, without a document type, by element names and any version."""

from collections.abc import Iterator
from xml.etree import ElementTree

from services.payments.statements.lines import StatementUnreadable, text_of

Element = ElementTree.Element


def document(content: bytes, message: str) -> Element:
    """The root of a file whose namespace is ``message`` of any version, such as ``camt.054``."""
    text = text_of(content)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise StatementUnreadable("it declares a document type, which no bank's file does")
    try:
        # Bytes of a declared encoding are read as such; the declaration must agree with what they are.
        root = ElementTree.fromstring(text.encode())  # noqa: S314 - no document type, so no entity can be declared
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise StatementUnreadable(f"it is not whole XML in UTF-8 ({error})") from None
    namespace = root.tag[1:].partition("}")[0]
    if f":{message}." not in namespace:
        raise StatementUnreadable(f"it is no {message} message")
    return root


def all_of(element: Element, path: str) -> Iterator[Element]:
    """All elements at a path of local names, such as ``Ntfctn/Ntry``."""
    found: list[Element] = [element]
    for name in path.split("/"):
        found = [child for one in found for child in one if child.tag.rpartition("}")[2] == name]
    return iter(found)


def first(element: Element, *paths: str) -> str:
    """The text at the first of these paths that is there; empty where none is."""
    for path in paths:
        for one in all_of(element, path):
            return (one.text or "").strip()
    return ""


def currency_of(element: Element, path: str) -> str:
    """The currency of the amount at a path."""
    return next((one.get("Ccy", "") for one in all_of(element, path)), "")
