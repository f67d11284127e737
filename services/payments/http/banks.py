"""The door by which banks' replies come in from files: for the banks of the policy, and in no other name."""

from services.payments.bankfiles.entering import REPORT, AskedToReport, worded
from services.payments.http.arguments import as_arguments
from services.payments.sending.providers import may_answer_by_files
from shared.contracts.command import Command
from shared.contracts.status import Reason
from shared.http.commands import CommandSpec
from shared.http.problems import invalid
from shared.policy.policy import Policy
from shared.stage.stage import Message

NO_BANK = Reason(
    code="not_a_bank",
    text_en="This provider answers by messages of its own, not by files; nobody else reports in its place.",
    text_bn="এই সেবাদাতা ফাইলে নয়, নিজস্ব বার্তায় উত্তর দেয়; তার হয়ে অন্য কেউ প্রতিবেদন দিতে পারে না।",
    field="arguments.provider",
)


def bank_report(policy: Policy) -> CommandSpec:
    """``bank.report``; raises ``Problem`` where the provider is none that answers by files."""

    def wording(command: Command, given: AskedToReport) -> Message:
        if not may_answer_by_files(policy, given.provider):
            raise invalid([NO_BANK])
        return worded(command, given)

    return CommandSpec(REPORT, as_arguments(AskedToReport), summary="Bring in a bank's reply.", wording=wording)
