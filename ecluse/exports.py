"""A CRM made of three small exports, so that a folder fresh from `ecluse init` has something to run on. Made up."""

#: A folder of exports to try the link on: what it holds, and how the connection says so.
EXPORTS = {
    "crm/accounts.csv": (
        "id,name,city,industry,size,price_list,billing_history\n"
        "7,Fonderie Clairvignol SAS,Lille,industrie,120,grands-comptes,facture 2025 : 48210 EUR\n"
        "8,Comptoir Lormandie SARL,Lyon,commerce,28,standard-2026,facture 2025 : 9120 EUR\n"
    ),
    "crm/contacts.csv": (
        "id,first_name,last_name,job,phone,email,notes,account,owner,team\n"
        "42,Bérénice,Vaubrun,responsable achats,01 99 00 12 34,b.vaubrun@fonderie.example,"
        "plancher de remise atteint,7,u-07,nord\n"
        "43,Karim,Estrade,gérant,06 39 98 04 56,k.estrade@comptoir.example,,8,u-03,sud\n"
    ),
    "crm/opportunities.csv": (
        "id,stage,product,next_step,amount,margin,priority,account,contact\n"
        "3,prospection,Télérelève,Proposer une visite de site,84865,26350.53,B,7,42\n"
        "4,prospection,Pesage connecté,Demander le nombre de sites,21040,4800,A,8,43\n"
    ),
}
FILLED = {
    "contacts": "{file: contacts.csv, refs: {account: account}, owner: {id: owner, team: team}}",
    "accounts": "{file: accounts.csv}",
    "opportunities": "{file: opportunities.csv, refs: {account: account, contact: contact}}",
}
