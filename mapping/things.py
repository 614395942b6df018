"""The words of `roles.R.may`: the things of a sales organisation, and what may be done with each.

Most of them never cross a link. Both lists are finite, and so is what may be done with a thing: a
right that nobody could use is a slip of the pen.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from mapping.words import Grant, Object


class Thing(StrEnum):
    """What a right is about. A lead is a contact not yet qualified."""

    ACCOUNTS = "accounts"
    CONTACTS = "contacts"
    ACTIVITIES = "activities"
    OPPORTUNITIES = "opportunities"
    NOTES = "notes"
    CRM_OBJECTS = "crm_objects"
    CAMPAIGNS = "campaigns"
    CALL_LISTS = "call_lists"
    SCRIPTS = "scripts"
    SEQUENCES = "sequences"
    CALL_RESULTS = "call_results"
    LEAD_STATUSES = "lead_statuses"
    APPOINTMENTS = "appointments"
    STRATEGIC_FIELDS = "strategic_fields"
    PRICES = "prices"
    MARGINS = "margins"
    PERSONAL_DATA = "personal_data"
    CONTRACTS = "contracts"
    INVOICES = "invoices"
    FINANCIAL_DATA = "financial_data"
    QUOTES = "quotes"
    FORECASTS = "forecasts"
    SEGMENTS = "segments"
    SCORING = "scoring"
    CONSENTS = "consents"
    INTERESTS = "interests"
    LEAD_SOURCES = "lead_sources"
    LANDING_PAGES = "landing_pages"
    CUSTOM_DOMAINS = "custom_domains"
    SOCIAL_MEDIA = "social_media"
    AD_CAMPAIGNS = "ad_campaigns"
    MESSAGES = "messages"
    EMAILS = "emails"
    AUTOMATIONS = "automations"
    REPORTS = "reports"
    DASHBOARDS = "dashboards"
    USERS = "users"
    TEAMS = "teams"
    TERRITORIES = "territories"
    ROLES = "roles"
    ADMIN_PROFILES = "admin_profiles"
    GOVERNANCE = "governance"
    CRM_CONFIGURATION = "crm_configuration"


class Action(StrEnum):
    """What is done with a thing. None implies another: who may update may not delete (R031)."""

    READ = "read"
    READ_ALL = "read_all"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    EXPORT = "export"
    IMPORT = "import"
    CLONE = "clone"
    ENRICH = "enrich"
    QUALIFY = "qualify"
    PROPOSE = "propose"
    VALIDATE = "validate"
    APPROVE = "approve"
    LAUNCH = "launch"
    CLOSE = "close"
    FORCE_CLOSE = "force_close"
    ASSIGN = "assign"
    REASSIGN = "reassign"
    ARBITRATE = "arbitrate"
    PUBLISH = "publish"
    UNPUBLISH = "unpublish"
    ACTIVATE = "activate"
    DEACTIVATE = "deactivate"
    CONNECT = "connect"
    DISCONNECT = "disconnect"
    SEND = "send"
    REPLY = "reply"


#: What may be done with everything (R027).
EVERYWHERE: Final = (Action.READ, Action.CREATE, Action.UPDATE, Action.DELETE, Action.EXPORT)

_SHARED_OUT: Final = "assign reassign"
_KEPT: Final = "import enrich read_all"
#: The trade's verbs of each thing; a thing that is not here knows the five of everywhere.
_VERBS: Final[Mapping[Thing, str]] = {
    Thing.ACCOUNTS: f"{_KEPT} {_SHARED_OUT}",
    Thing.CONTACTS: f"{_KEPT} {_SHARED_OUT} qualify",
    Thing.ACTIVITIES: "read_all close",
    Thing.OPPORTUNITIES: f"{_KEPT} {_SHARED_OUT} qualify close force_close",
    Thing.NOTES: "read_all",
    Thing.CRM_OBJECTS: f"{_KEPT} {_SHARED_OUT}",
    Thing.CAMPAIGNS: "launch close activate deactivate assign clone read_all",
    Thing.CALL_LISTS: f"import read_all {_SHARED_OUT}",
    Thing.SCRIPTS: "clone validate publish unpublish",
    Thing.SEQUENCES: "launch close clone activate deactivate",
    Thing.CALL_RESULTS: "read_all validate",
    Thing.LEAD_STATUSES: "propose validate",
    Thing.APPOINTMENTS: "propose validate reassign read_all",
    Thing.STRATEGIC_FIELDS: "validate",
    Thing.PRICES: "approve",
    Thing.CONTRACTS: "approve validate",
    Thing.QUOTES: "approve validate send read_all",
    Thing.FORECASTS: "validate read_all",
    Thing.SEGMENTS: "import clone",
    Thing.LANDING_PAGES: "clone publish unpublish",
    Thing.CUSTOM_DOMAINS: "connect disconnect",
    Thing.SOCIAL_MEDIA: "publish unpublish connect disconnect",
    Thing.AD_CAMPAIGNS: "clone activate deactivate connect disconnect",
    Thing.MESSAGES: "read_all send reply connect disconnect",
    Thing.EMAILS: "read_all send reply activate deactivate",
    Thing.AUTOMATIONS: "clone activate deactivate",
    Thing.REPORTS: "read_all clone",
    Thing.DASHBOARDS: "read_all clone",
    Thing.USERS: "assign activate deactivate",
    Thing.TEAMS: "assign",
    Thing.TERRITORIES: "assign arbitrate",
    Thing.ROLES: "assign approve",
    Thing.ADMIN_PROFILES: "assign",
    Thing.GOVERNANCE: "validate approve",
}

ACTIONS: Final[Mapping[Thing, tuple[Action, ...]]] = {
    thing: tuple(action for action in Action if action in {*EVERYWHERE, *_VERBS.get(thing, "").split()})
    for thing in Thing
}

#: The things that a link's `read` is about, too.
OF_OBJECT: Final[Mapping[Object, Thing]] = {
    Object.CONTACT: Thing.CONTACTS,
    Object.ACCOUNT: Thing.ACCOUNTS,
    Object.OPPORTUNITY: Thing.OPPORTUNITIES,
}

#: What each write or proposal is, in the words of rights: one of these goes with it.
OF_GRANT: Final[Mapping[Grant, tuple[tuple[Thing, Action], ...]]] = {
    Grant.CALL_RESULT: ((Thing.CALL_RESULTS, Action.CREATE), (Thing.ACTIVITIES, Action.CREATE)),
    Grant.COMMENT: ((Thing.NOTES, Action.CREATE), (Thing.ACTIVITIES, Action.CREATE)),
    Grant.NEXT_ACTION: ((Thing.ACTIVITIES, Action.CREATE),),
    Grant.PROPOSE_LEAD_STATUS: ((Thing.LEAD_STATUSES, Action.PROPOSE), (Thing.CONTACTS, Action.QUALIFY)),
    Grant.PROPOSE_APPOINTMENT: ((Thing.APPOINTMENTS, Action.PROPOSE), (Thing.APPOINTMENTS, Action.CREATE)),
    Grant.SET_LEAD_STATUS: ((Thing.LEAD_STATUSES, Action.UPDATE), (Thing.LEAD_STATUSES, Action.VALIDATE)),
    Grant.VALIDATE_APPOINTMENT: ((Thing.APPOINTMENTS, Action.VALIDATE),),
    Grant.REASSIGN: ((Thing.CONTACTS, Action.REASSIGN), (Thing.CALL_LISTS, Action.REASSIGN)),
    Grant.CLOSE_SEQUENCE: ((Thing.SEQUENCES, Action.CLOSE),),
}

__all__ = ["ACTIONS", "EVERYWHERE", "OF_GRANT", "OF_OBJECT", "Action", "Thing"]
