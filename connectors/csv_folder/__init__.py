"""A folder of CSV exports as a CRM: contacts, accounts and opportunities in; results, statuses and appointments out.

API    CSV as RFC 4180 has it, and as spreadsheets write it: `;` `,` or tab, UTF-8 or Windows-1252, any line ends
Order  rows as they stand in the file; a file whose digest is known is not read again
Delete a row that a newer export no longer has is deleted only where the connection says `full_export: true`
Limit  none; a cell holds 128 KiB at most, and a file is streamed, never held whole
Repeat each line out carries our key in its first column, and the keys are read before a line is added
"""

from connectors.csv_folder.access import access
from connectors.csv_folder.pulling import pull
from connectors.csv_folder.settings import Settings
from connectors.csv_folder.writing import push
from connectors.port import Connector, Repeat
from mapping.words import CRM_WRITES, Object, Side

CONNECTOR = Connector(
    name="csv",
    side=Side.CRM,
    settings=Settings,
    access=access,
    sources=dict.fromkeys((Object.CONTACT, Object.ACCOUNT, Object.OPPORTUNITY), pull),
    sinks=dict.fromkeys(CRM_WRITES, push),
    batch=100,
    repeat=Repeat.READ_BEFORE_WRITE,
    knows_asked=True,
    rate=100.0,
)
