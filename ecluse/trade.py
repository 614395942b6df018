"""The words of rights as people of the trade say them: things, actions, grants, perimeters, labels."""

from collections.abc import Mapping
from typing import Final

from ecluse.i18n import N_, _
from mapping.things import Action, Thing
from mapping.words import Grant, Object, Reach

THINGS: Final[Mapping[Thing, str]] = {
    Thing.ACCOUNTS: N_("accounts"),
    Thing.CONTACTS: N_("contacts"),
    Thing.ACTIVITIES: N_("activities"),
    Thing.OPPORTUNITIES: N_("opportunities"),
    Thing.NOTES: N_("notes"),
    Thing.CRM_OBJECTS: N_("all CRM objects"),
    Thing.CAMPAIGNS: N_("call campaigns"),
    Thing.CALL_LISTS: N_("call lists"),
    Thing.SCRIPTS: N_("call scripts"),
    Thing.SEQUENCES: N_("call sequences"),
    Thing.CALL_RESULTS: N_("call reports"),
    Thing.LEAD_STATUSES: N_("lead statuses"),
    Thing.APPOINTMENTS: N_("appointments"),
    Thing.STRATEGIC_FIELDS: N_("strategic fields"),
    Thing.PRICES: N_("prices"),
    Thing.MARGINS: N_("margins"),
    Thing.PERSONAL_DATA: N_("personal data"),
    Thing.CONTRACTS: N_("contracts"),
    Thing.INVOICES: N_("invoices"),
    Thing.FINANCIAL_DATA: N_("financial data"),
    Thing.QUOTES: N_("quotes"),
    Thing.FORECASTS: N_("forecasts"),
    Thing.SEGMENTS: N_("segments"),
    Thing.SCORING: N_("scoring"),
    Thing.CONSENTS: N_("consents"),
    Thing.INTERESTS: N_("interests"),
    Thing.LEAD_SOURCES: N_("lead sources"),
    Thing.LANDING_PAGES: N_("landing pages"),
    Thing.CUSTOM_DOMAINS: N_("custom domains"),
    Thing.SOCIAL_MEDIA: N_("social media"),
    Thing.AD_CAMPAIGNS: N_("advertising campaigns"),
    Thing.MESSAGES: N_("messages"),
    Thing.EMAILS: N_("e-mail"),
    Thing.AUTOMATIONS: N_("automations"),
    Thing.REPORTS: N_("reports"),
    Thing.DASHBOARDS: N_("dashboards"),
    Thing.USERS: N_("users"),
    Thing.TEAMS: N_("teams"),
    Thing.TERRITORIES: N_("territories"),
    Thing.ROLES: N_("roles"),
    Thing.ADMIN_PROFILES: N_("administrator profiles"),
    Thing.GOVERNANCE: N_("governance of access"),
    Thing.CRM_CONFIGURATION: N_("CRM configuration"),
}
ACTIONS: Final[Mapping[Action, str]] = {
    Action.READ: N_("read"),
    Action.READ_ALL: N_("read everybody's"),
    Action.CREATE: N_("create"),
    Action.UPDATE: N_("change"),
    Action.DELETE: N_("delete"),
    Action.EXPORT: N_("export"),
    Action.IMPORT: N_("import"),
    Action.CLONE: N_("copy"),
    Action.ENRICH: N_("enrich"),
    Action.QUALIFY: N_("qualify"),
    Action.PROPOSE: N_("propose"),
    Action.VALIDATE: N_("validate"),
    Action.APPROVE: N_("approve"),
    Action.LAUNCH: N_("launch"),
    Action.CLOSE: N_("close"),
    Action.FORCE_CLOSE: N_("close by force"),
    Action.ASSIGN: N_("assign"),
    Action.REASSIGN: N_("reassign"),
    Action.ARBITRATE: N_("arbitrate"),
    Action.PUBLISH: N_("publish"),
    Action.UNPUBLISH: N_("take offline"),
    Action.ACTIVATE: N_("switch on"),
    Action.DEACTIVATE: N_("switch off"),
    Action.CONNECT: N_("connect"),
    Action.DISCONNECT: N_("disconnect"),
    Action.SEND: N_("send"),
    Action.REPLY: N_("reply"),
}
GRANTS: Final[Mapping[Grant, str]] = {
    Grant.CALL_RESULT: N_("record the result of a call"),
    Grant.COMMENT: N_("add a comment"),
    Grant.NEXT_ACTION: N_("plan the next action"),
    Grant.PROPOSE_LEAD_STATUS: N_("propose a lead status: a manager decides"),
    Grant.PROPOSE_APPOINTMENT: N_("propose an appointment: a manager decides"),
    Grant.SET_LEAD_STATUS: N_("set lead statuses, and decide on proposed ones"),
    Grant.VALIDATE_APPOINTMENT: N_("validate or reject appointments"),
    Grant.REASSIGN: N_("reassign prospects"),
    Grant.CLOSE_SEQUENCE: N_("close a sequence of calls"),
}
REACHES: Final[Mapping[Reach, str]] = {
    Reach.OWN: N_("the records of your own portfolio"),
    Reach.TEAM: N_("the records of your team"),
    Reach.TERRITORY: N_("the records of your territory"),
    Reach.PROJECT: N_("the records of the campaigns that you are on"),
    Reach.ALL: N_("all records of this link"),
}
OBJECTS: Final[Mapping[Object, str]] = {
    Object.CONTACT: N_("Contacts"),
    Object.ACCOUNT: N_("Accounts"),
    Object.OPPORTUNITY: N_("Opportunities"),
}
#: Labels that every firm uses; one of its own is said as it is written.
LABELS: Final[Mapping[str, str]] = {
    "identity": N_("names"),
    "reachability": N_("telephone and e-mail"),
    "context": N_("context"),
    "progress": N_("progress of the sale"),
    "pricing": N_("prices and discounts"),
    "margin": N_("margins"),
    "billing": N_("invoices"),
    "strategy": N_("strategic priorities"),
    "confidential": N_("confidential notes"),
}


def thing(one: Thing) -> str:
    return _(THINGS[one])


def action(one: Action) -> str:
    return _(ACTIONS[one])


def label(one: str) -> str:
    return _(LABELS[one]) if one in LABELS else one
