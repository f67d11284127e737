"""The arguments of commands as the command desk wants them."""

from typing import Any

from pydantic import BaseModel, create_model

from shared.http.commands import Arguments


def as_arguments(model: type[BaseModel]) -> type[Arguments]:
    """The same fields under the base that the command desk asks for."""
    fields: dict[str, Any] = {name: (field.annotation, field) for name, field in model.model_fields.items()}
    return create_model(model.__name__, __base__=Arguments, __doc__=model.__doc__, **fields)
