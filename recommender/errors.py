"""Every error that Herald raises on purpose.

    HeraldError                     says what, where and how to mend it, in one line
    ├── SetupError                  the operator's to mend: a setting, a file, a server
    │   ├── SettingsError
    │   ├── WorkspaceError          ingest was not run, a store is missing, locked or full
    │   ├── DescriptorError
    │   ├── CatalogueError
    │   ├── PublicationError        a version of the catalogue that may not come into force so
    │   └── ReceiptError            damaged, or made with versions that are not at hand
    ├── TableError                  the data's owner's to mend: file, column, value
    │   └── TooManyRejectsError
    ├── ModelError                  the data scientist's to mend
    │   ├── NoChampionError
    │   └── SchemaMismatchError     a model's features differ from the store's
    └── RequestError                the caller's to mend; HTTP maps it once to a problem body
        ├── NotSignedInError
        │   └── StaleSignInError    signed in too long ago for what is protected
        ├── ForbiddenError
        ├── NotFoundError
        │   └── ErasedError         it was erased, with everything about its citizen
        ├── ConflictError
        ├── InvalidFactError
        └── TooManyError            asked too often

Not eligible, capped or quiet hours is an answer, not an error.
"""


class HeraldError(Exception):
    """`str(error)` is one line for a person; facts are attributes."""

    def __init__(self, message: str, *, mend: str = "") -> None:
        super().__init__(f"{message}; {mend}" if mend else message)
        self.message = message
        self.mend = mend


class SetupError(HeraldError):
    """The operator can mend it."""


class SettingsError(SetupError):
    """A setting is missing, malformed or unsafe."""


class WorkspaceError(SetupError):
    """Local state is missing, locked, full or of another version."""


class DescriptorError(SetupError):
    """A descriptor does not say what it must."""


class CatalogueError(SetupError):
    """A public service's file does not say what it must."""


class PublicationError(SetupError):
    """A version of the catalogue cannot be published, approved or rolled back so."""


class ReceiptError(SetupError):
    """A receipt cannot be read, or not replayed with what is at hand."""


class TableError(HeraldError):
    """A government's table cannot be read as its descriptor says."""


class TooManyRejectsError(TableError):
    """More rows were set aside than the descriptor allows; nothing was loaded."""


class ModelError(HeraldError):
    """The data scientist can mend it."""


class NoChampionError(ModelError):
    """No version of the model carries the alias `champion`."""


class SchemaMismatchError(ModelError):
    """A model's features and the store's differ in name, number or order."""


class RequestError(HeraldError):
    """The caller can mend it."""


class NotSignedInError(RequestError):
    """No valid token."""


class StaleSignInError(NotSignedInError):
    """The person signed in too long ago to be shown what is protected."""


class ForbiddenError(RequestError):
    """The token's scope, or the lack of a link to the citizen, forbids it."""


class NotFoundError(RequestError):
    """The thing asked for does not exist, or is not this caller's to see."""


class ErasedError(NotFoundError):
    """It was there, and was erased with everything about its citizen."""


class ConflictError(RequestError):
    """The same id came with another body."""


class InvalidFactError(RequestError):
    """A fact is malformed, of unknown type, or beyond the clock's skew in the future."""


class TooManyError(RequestError):
    """The caller asked too often. after_s: in how many seconds it may ask again."""

    def __init__(self, message: str, *, mend: str = "", after_s: int = 60) -> None:
        super().__init__(message, mend=mend)
        self.after_s = after_s
