"""Tryton 8.2: parties and opportunities out by polling, results in as notes, calendar files and opportunity states.

API    JSON-RPC at /DATABASE/rpc/ with a session login, trytond 8.2 (https://docs.tryton.org/8.2/server/)
Order  `last_modified_at`, then `id`, both ascending; a pull starts again `overlap_seconds` before its last
       row, because a slow transaction shows its rows late
Delete no tombstones: a count that does not fit has all ids compared; an inactive party counts as deleted.
       A number or address deleted elsewhere than in its party's form shows at the party's next change
Limit  none of Tryton's own; answers of more than 10 MiB are refused, so `page_size` is the knob
Repeat our mark is the last line of a note, our key is in the name of an attachment: looked for before each write
"""

from connectors.port import Connector, Repeat
from connectors.tryton.access import access
from connectors.tryton.appointments import book_appointment
from connectors.tryton.notes import add_comment, log_call, set_next_action
from connectors.tryton.pulling import pull
from connectors.tryton.settings import Settings
from connectors.tryton.statuses import set_status
from mapping.words import CommandKind, Object, Side

CONNECTOR = Connector(
    name="tryton",
    side=Side.CRM,
    settings=Settings,
    access=access,
    sources={Object.CONTACT: pull, Object.ACCOUNT: pull, Object.OPPORTUNITY: pull},
    sinks={
        CommandKind.LOG_CALL: log_call,
        CommandKind.SET_STATUS: set_status,
        CommandKind.ADD_COMMENT: add_comment,
        CommandKind.SET_NEXT_ACTION: set_next_action,
        CommandKind.BOOK_APPOINTMENT: book_appointment,
    },
    repeat=Repeat.READ_BEFORE_WRITE,
    knows_asked=True,
)
