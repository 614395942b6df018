"""Small word lists from which a French firm and its prospects are made up. Nobody here exists.

Telephone numbers come from the ranges that ARCEP sets aside for fiction (decision 2018-0881, annex).
"""

FIRST_NAMES = (
    "Adèle", "Agathe", "Alban", "Alix", "Amine", "Anaïs", "Anouk", "Antoine", "Armel", "Aurore", "Axelle", "Baptiste",
    "Bérénice", "Blaise", "Camille", "Capucine", "Cédric", "Chloé", "Clément", "Coralie", "Damien", "Diane", "Édouard",
    "Élodie", "Émile", "Estelle", "Étienne", "Fanny", "Farid", "Flavie", "Florian", "Gaëlle", "Gaspard", "Gwenaël",
    "Hélène", "Hugo", "Inès", "Irène", "Jade", "Joachim", "Judith", "Karim", "Lætitia", "Léonie", "Loïc", "Lucile",
    "Maël", "Maïwenn", "Margaux", "Mathis", "Mélanie", "Nadia", "Nicolas", "Noémie", "Océane", "Oscar", "Pauline",
    "Perrine", "Quentin", "Rachid", "Raphaëlle", "Régis", "Sabine", "Salomé", "Sébastien", "Solène", "Tanguy", "Théo",
    "Ursule", "Valentine", "Victor", "Violette", "Xavier", "Yann", "Yasmine", "Zoé",
)  # fmt: skip

LAST_NAMES = (
    "Abelin", "Ardouin", "Aubrac", "Bellanger", "Berthelin", "Bonnafé", "Bruyère", "Cadoret", "Cassagne", "Chabrier",
    "Clérambault", "Corbière", "Dargent", "Delmas-Roy", "Desforêts", "Duvigneau", "Escoffier", "Estrade", "Fauvel",
    "Ferrandis", "Fontvieille", "Gaillac", "Garrigue", "Gouarin", "Grandval", "Guivarc'h", "Hautecombe", "Hérisson",
    "Jaubert", "Jolivet", "Kerbrat", "Labrousse", "Lacaze", "Langlade", "Larzac", "Le Dantec", "Lescure", "Lhermite",
    "Maillebois", "Marchadier", "Mazeran", "Mirepoix", "Montclar", "Narbonne", "Nogaret", "Oudinot", "Palissy",
    "Peyrac", "Pontcarral", "Quéméner", "Rambure", "Rochebrune", "Roquefeuil", "Sauveterre", "Ségalen", "Taillefer",
    "Tourangeau", "Valadier", "Vaubrun", "Verdelet", "Vidalenc", "Villemagne",
)  # fmt: skip

#: Cities, with the sales team whose ground they are.
CITIES = (
    ("Lille", "nord"), ("Amiens", "nord"), ("Rouen", "nord"), ("Reims", "nord"), ("Metz", "nord"), ("Arras", "nord"),
    ("Nantes", "ouest"), ("Rennes", "ouest"), ("Angers", "ouest"), ("Brest", "ouest"), ("Niort", "ouest"),
    ("Bordeaux", "ouest"), ("Lyon", "sud"), ("Grenoble", "sud"), ("Marseille", "sud"), ("Nîmes", "sud"),
    ("Toulouse", "sud"), ("Montpellier", "sud"), ("Clermont-Ferrand", "sud"), ("Dijon", "nord"),
)  # fmt: skip

TEAMS = ("nord", "ouest", "sud")

#: Industry -> how its companies call themselves.
TRADES = {
    "industrie": ("Fonderie", "Tôlerie", "Mécanique", "Ateliers", "Forges", "Plasturgie", "Câblerie"),
    "energie": ("Énergies", "Chaufferies", "Solaire", "Réseaux thermiques"),
    "commerce": ("Maison", "Comptoir", "Distribution", "Halles", "Établissements"),
    "logistique": ("Transports", "Messageries", "Entrepôts", "Fret"),
    "services": ("Cabinet", "Conseil", "Nettoyage", "Sécurité"),
    "numerique": ("Logiciels", "Données", "Hébergement"),
}

STEMS = (
    "Altambre", "Arvelline", "Barquevire", "Belmontane", "Brivadour", "Calvessac", "Castelvire", "Chantemerle",
    "Clairvignol", "Corvolane", "Doucevire", "Écorsac", "Esparnon", "Feuillandre", "Florimont", "Garamvil", "Grisolles",
    "Hautrive", "Isarvent", "Jonquelin", "Lanvaudrey", "Lormandie", "Malvezin", "Marsolane", "Montbrisane",
    "Nivardelle", "Orvandel", "Pessalune", "Pontavrin", "Quercival", "Ravelane", "Rochevire", "Sainvallon", "Sarmence",
    "Solvandre", "Tarnavel", "Tournebois", "Ulmeraie", "Valdorcet", "Vermontel", "Vesoulane", "Vieuxpré",
)  # fmt: skip

FORMS = ("SAS", "SARL", "SA", "SCOP")

JOBS = (
    "responsable achats", "directrice de site", "directeur technique", "responsable maintenance", "gérante", "gérant",
    "responsable logistique", "directrice financière", "acheteur", "responsable informatique", "comptable",
    "chef d'atelier",
)  # fmt: skip

PRODUCTS = (
    "Contrat de maintenance", "Supervision d'atelier", "Pesage connecté", "Suivi de flotte", "Gestion des accès",
    "Audit énergétique", "Étiquetage", "Télérelève",
)  # fmt: skip

NEXT_STEPS = (
    "Vérifier qui décide, proposer une visite de site",
    "Rappeler l'échange au salon, demander le calendrier du projet",
    "Présenter la nouvelle version, sans parler de prix",
    "Reprendre contact après l'arrêt d'été",
    "Demander le nombre de sites concernés",
)

#: Notes that nobody on the dialer's side may read.
NOTES = (
    "Négociation tendue, plancher de remise atteint, ne rien céder avant la fin du trimestre",
    "Conflit ouvert sur l'avoir de juillet, passer par la direction avant tout appel",
    "Concurrent en place jusqu'en mars, notre offre cachée à 18 points sous la leur",
    "Le directeur part en janvier, information confidentielle",
    "Risque d'impayé signalé par la comptabilité, encours bloqué",
)

PRICE_LISTS = ("standard-2024", "standard-2026", "grands-comptes", "export")

#: Ranges for fiction: the first digits, to which four are added.
FICTION = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649")
FICTION_MOBILE = "+3363998"

COMMENTS = (
    "Intéressée, souhaite une démonstration en décembre",
    "En réunion toute la journée, rappeler en fin de semaine",
    "A changé de poste, demande à être recontactée par mail",
    "Projet gelé jusqu'au budget de janvier",
    "Demande une documentation sur la télérelève",
    "Le standard filtre, demander le poste direct",
)

PLACES = ("Sur site", "Visioconférence", "Nos bureaux de Lille", "Agence de Lyon")
