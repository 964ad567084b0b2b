"""`herald intake`: facts from a broker into the event log, beside any number of servers that decide on them."""

import asyncio
from pathlib import Path

from recommender.adapters.settings import read_settings
from recommender.errors import SetupError
from serving import logs
from serving.assembling import assemble
from serving.intake.broker_facts import BrokerIntake
from serving.intake.settings import IntakeSettings, broker_of
from serving.runtime import Herald
from serving.settings import ServingSettings, check_safe


def run(descriptor_file: Path, var: Path | None) -> None:
    """Take facts until SIGTERM or SIGINT. Raises SetupError when something that must be there is not."""
    settings, broker = read_settings(ServingSettings), read_settings(IntakeSettings)
    check_safe(settings)
    broker_of(broker)
    logs.configure(settings.log_level)
    take(assemble(descriptor_file, var, settings), broker)


def take(herald: Herald, settings: IntakeSettings) -> None:
    """Take facts for an assembled server that does not run here."""
    from nats.errors import Error as NatsError

    from serving.intake.broker import application

    intake = BrokerIntake(herald.database, herald.intake, herald.identify, herald.settings.body_limit_bytes)
    try:
        asyncio.run(application(settings, intake).run())
    except (NatsError, OSError) as error:
        words = " ".join(str(error).split())[:200] or type(error).__name__
        raise SetupError(
            f"the broker cannot be reached: {words}", mend="start it, or mend HERALD_INTAKE_BROKER_URL"
        ) from error
    finally:
        herald.database.close()
