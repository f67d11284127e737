"""All mutants, by subject: safeguards that issue and design.md §3 to §5 name, each by the tests that must miss it."""

from tests.mutation.catalogue.claims_and_limits import CLAIMS_AND_LIMITS
from tests.mutation.catalogue.kafka import KAFKA
from tests.mutation.catalogue.lease import LEASE
from tests.mutation.catalogue.letters import LETTERS
from tests.mutation.catalogue.payments import PAYMENTS
from tests.mutation.catalogue.payrolls import PAYROLLS
from tests.mutation.catalogue.people import PEOPLE
from tests.mutation.catalogue.recording import RECORDING
from tests.mutation.catalogue.stores import STORES
from tests.mutation.mutant import Mutant

MUTANTS: tuple[Mutant, ...] = (
    *RECORDING,
    *LEASE,
    *LETTERS,
    *CLAIMS_AND_LIMITS,
    *PAYMENTS,
    *PAYROLLS,
    *PEOPLE,
    *STORES,
    *KAFKA,
)
