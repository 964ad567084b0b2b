"""The command group `herald catalogue`: what the policy team does with a catalogue."""

import typer

from features.catalogue_exchange import export, imports

catalogue = typer.Typer(help="Check, import, export and publish a catalogue of public services.", no_args_is_help=True)
catalogue.add_typer(imports, name="import")
catalogue.command("export")(export)
