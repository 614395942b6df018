"""What stands beside figures: numerals, money, counted things, days, references. French and English, folded."""

from typing import Final

from filters.screening.lexicon import listed

_FROM_TWO = """
    deux/two trois/three quatre/four cinq/five six sept/seven huit/eight nine dix/ten onze/eleven douze/twelve
    treize/thirteen quatorze/fourteen quinze/fifteen seize/sixteen seventeen eighteen nineteen vingt/vingts/twenty
"""
NUMERALS: Final = {
    **dict.fromkeys(("zero", "oh", "nought"), 0),
    **{word: value for value, written in enumerate(_FROM_TWO.split(), start=2) for word in written.split("/")},
    "trente": 30, "thirty": 30, "quarante": 40, "forty": 40, "cinquante": 50, "fifty": 50,
    "soixante": 60, "sixty": 60, "septante": 70, "seventy": 70, "huitante": 80, "octante": 80, "eighty": 80,
    "nonante": 90, "ninety": 90, "cent": 100, "cents": 100, "hundred": 100, "hundreds": 100,
    "mille": 1000, "milles": 1000, "thousand": 1000, "thousands": 1000, "million": 10**6, "millions": 10**6,
    "milliard": 10**9, "milliards": 10**9, "billion": 10**9,
}  # fmt: skip

MONEY: Final = listed("""
    euro euros eur eurs euors ero balles boules keuro keuros keur ke kf francs franc chf dollar dollars usd gbp
    pound pounds quid grand bucks pence penny p centimes ct cts ht ttc hors pct prct pourcent pourcents percent
    pc mille million millions milliard milliards md mds bn kgbp kusd keuros meur meuros
""") - listed("mille pc")
MONEY_PAIRS: Final = frozenset(
    tuple(pair.split())
    for pair in (
        "pour cent", "pr cent", "per cent", "p cent", "pour cents", "ex vat", "plus vat", "inc vat", "ex tax",
        "de remise", "de rabais", "de ristourne", "de reduction", "de marge", "de moins", "de reduc", "de baisse",
        "de commission", "de com", "of discount", "per month", "a month", "off the", "off if", "k euros", "k eur",
        "points de", "pts de", "pts off", "points off", "pt de", "pts discount", "points discount",
    )
) - {("per", "month"), ("a", "month"), ("points", "de"), ("pts", "de"), ("pt", "de")}  # fmt: skip

#: Singular, or too usual to be left to chance.
COUNTED: Final = listed("""
    j jr jrs jour journee semaine sem mois an ans annee annees min mn minute minutes sec seconde heure heures h hr hrs
    day days week wk wks weeks month months mth mths year yr yrs years hour hours mins times time
    fois x m2 m3 m km kms mile miles ft sqft sq ha kg g t go gb mo mb to tb ko kva kw kwh watts mbps
    pers personne personnes people ppl person staff employee employees salarie salaries sal employe employes
    collab collaborateur collaborateurs collegues users user utilisateurs poste postes seats seat licence licences
    site sites agence agences magasin magasins boutique boutiques store stores branch branches bureau bureaux desks
    etage etages floor floors vehicule vehicules van vans camion camions trucks cars voitures ligne lignes line lines
    enfant enfants kid kids child children appels calls relances rappels essais
    mail mails message messages devis rdv dossier dossiers offre offres fournisseur fournisseurs supplier suppliers
    machine machines chambre chambres room rooms lits beds table tables couverts eleves habitants clients client
    societe societes entreprise entreprises filiales company companies contrats contract contracts autres autre others
    other pages page questions question point points options option modules module contacts contact interlocuteurs
    associes partners directeurs decideurs fevrier decembre
""") - listed("point points") | listed("st nd rd th er ere eme e")
#: In the plural, and yet not counted by a figure before them.
NOT_COUNTED: Final = listed("""
    sous dans sans mais plus moins apres alors jamais toujours vers pres selon depuis tous toutes tres trop hors nous
    vous leurs points euros euors dollars pounds bucks balles centimes remis refus acces maxis this less plus versus
    unless does pass perhaps always francs millions milliards thousands cents vats across sinon cas temps accords
    process business francs milles mensuels annuels
""")
ORDINALS: Final = listed("e eme iem ieme er ere nd nde st rd th emes es")
MONTHS: Final = listed("""
    janvier janv jan fevrier fev fevr mars avril avr mai juin juillet juil aout septembre sept octobre oct novembre nov
    decembre dec january february feb march mar april apr may june jun july jul august aug september sep october
    november december
""")
#: "le 15", "avant le 20", "jeudi 14", "du 5 au 12", "the 15th", "week 4".
BEFORE_DAYS: Final = (
    listed("""
    le les au aux du lundi lun mardi mar mercredi mer jeudi jeu vendredi ven samedi sam dimanche dim the on monday mon
    tuesday tue tues wednesday wed weds thursday thu thur thurs friday fri saturday sat sunday sun entre between
    midi from until till til
""")
    | MONTHS
)
REFERENCES: Final = listed("""
    ref reference code no n num numero nb poste ext extension dossier ticket commande order case porte bureau room pt
    point points page pages etage suite version windows office teams departement dept dpt dep cedex semaine sem week wk
    phase lot batiment bat building gate line ligne option article art step file client customer contrat contract
    siret siren naf cp rn rd autoroute sortie junction floor level niveau quai zone za unit flat salle terminal tome
    episode saison season chapitre chapter annexe appendix top covid iso tva x fois relance appel rappel essai
    tentative attempt call position rang id matricule
""")
#: Only where the figure stands right behind: "T4", "Q2", "v8", "S12".
GLUED_REFERENCES: Final = listed("t q v s a b c d e f g h l m p r w x z n k kb rj usb mp3 ipv php")
PERIODS: Final = listed("""
    mois an annee ans annees poste siege sieges minute mn unite piece user utilisateur seat month mth year yr licence
    license head person personne jour day heure hour call appel lead rdv collaborateur salarie semaine week mensualite
    employee employe ligne line vehicule vehicle box m2 kg tonne
""")
