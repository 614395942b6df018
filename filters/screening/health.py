"""Remarks on somebody's health, French and English. A firm's trade (hospitals, insurers) is none."""

from collections.abc import Sequence

from filters.screening.lexicon import Lexicon

_HEALTH = Lexicon("""
    ~malade
    malades
    maladie*
    maladif
    cancer
    cancereu*
    tumeur*
    leucem*
    chimio*
    radiotherap*
    ~depression
    ~depressif
    depressive
    deprime*
    antidepress*
    ~antidepresseurs
    ~antidepressants
    anxiolyti*
    anxieu*
    burn out
    burnout
    bunrout
    burn outt
    surmenage*
    ~hospitalise
    hospitalise*
    hospitalisa*
    hosto
    urgences
    a l hopital
    a hopital
    sort/sorti/sortie/sortir de/d l hopital
    chez le medecin/docteur/psy/dentiste/kine/cardiologue/dermato
    rdv medical
    operee
    operes
    opere du/de/des/d/au/a/hier/lundi/la/le
    est opere
    se fait/faire operer
    va etre operee/opere
    operation du/de dos/coeur/genou/hanche/cerveau/cataracte/epaule
    operation a coeur
    operation chirurgicale
    chirurgi*
    convalescen*
    reeducation
    kine
    avc
    infarctus
    crise/crises cardiaque/cardiaques/epilepsie/d/de angoisse
    crise d angoisse/epilepsie/asthme
    probleme/problemes/pb/pbs/soucis/souci/ennuis de/au/aux/d sante/coeur/dos/genou/vue/audition/peau/poids
    fragile du coeur
    malaise
    pacemaker
    ~cardiaque
    ~diabete
    ~diabetique
    handicap
    handicape*
    invalidit*
    invalide
    rqth
    aah
    fauteuil roulant
    arret mal
    arret maladie
    en arret depuis/jusqu/pour/longue/de
    est/etait/toujours/encore en arret
    arret de travail
    arret longue
    longue maladie
    mi temps therapeutique/thera
    therapeutique
    enceinte
    grossess*
    fausse couche
    accouch*
    fiv
    conge/conges mat/mater/maternite/maladie
    conge parental
    covid
    covide
    grippe*
    gastro
    angine
    bronchite
    pneumoni*
    hernie*
    sciatique
    lumbago
    mal de/au dos/genou/tete/ventre/dents/crane
    plein le dos au sens
    cure de/d desintox*
    desintox*
    alcool
    alcoolique*
    alcoolisme
    boit trop
    drogue
    droguee
    toxico*
    addict*
    anorexi*
    boulimi*
    obese*
    obesite
    schizo*
    bipolair*
    psychiatr*
    psychotherap*
    medicament pour
    prend/prends des medicaments/cachets
    sous traitement
    traitement lourd/medical
    suicid*
    seropositi*
    vih
    sida
    hepatite*
    sclerose*
    ~sclerose
    ~sclerosis
    ~parkinson
    ~alzheimer
    demence
    dialyse*
    greffe de/du/d
    prothese de/du
    sourd
    sourde
    malentend*
    aveugle
    malvoyant*
    begaie
    begue
    dyslexi*
    autiste*
    autisme
    allergique
    asthm*
    epilep*
    migrain*
    entorse
    fracture*
    casse la/le/une jambe/bras/pied/main/cheville/genou/poignet/epaule/clavicule/cote
    jambe/bras/pied/cheville cassee/casse
    dans le platre
    platre au/a
    accident de/du voiture/moto/ski/travail/velo/scooter/la
    en soins
    soins palliatifs
    en rehab
    phase terminale
    fin de vie
    coma
    sick
    sickness
    ill with/since/again/and/so/for/today/at/in
    is/was/been/very/seriously/fell/fallen/taken/be/got/still/really/terminally/mentally/gravely ill
    illness*
    chemo*
    tumor*
    tumour*
    leukaemi*
    leukemi*
    depressed
    ~anxiety
    burnt out
    burned out
    breakdown
    nervous breakdown
    hospitali*
    in/into/at/to/from/of hospital
    in/at the hospital
    surgery
    operated on
    having/had/has an/his/her operation
    heart attack/trouble/problem/problems/condition/failure/surgery/bypass
    bad/dodgy heart/back/knee/hip/chest
    back pain/problem/problems/trouble/injury
    had/has/having/after/suffered/of a stroke/seizure/miscarriage/hernia/transplant/concussion
    his/her/the/from/a stroke
    ~diabetic
    diabetics
    diabetes
    disabled
    disability
    wheelchair
    ~pregnant
    pregnan*
    maternity
    mat leave
    miscarr*
    ivf
    flu
    rehab
    alcoholi*
    drunk
    drinks too
    drink/drinking problem
    drug problem/addict/habit
    on drugs
    schizophren*
    psychiatri*
    therapist
    in/having/needs therapy
    shrink
    suicide
    hiv
    aids
    hepatitis
    multiple sclerosis
    has/have/with ms
    dementia
    dialysis
    kidney/liver/heart transplant
    deaf
    hard of hearing
    hearing loss/problem/problems
    going blind
    is/nearly/partially/almost blind
    blind in
    dyslexi*
    autistic
    autism
    adhd
    broke/broken/broke his/her leg/arm/hip/ankle/wrist/foot/collarbone
    broke his/her leg/arm/hip/ankle/wrist/foot/back/collarbone
    broken leg/arm/hip/ankle/wrist/foot
    leg in plaster
    car crash/accident
    medical leave/condition/reasons/appointment/treatment/issue/issues
    medication
    meds
    painkillers
    insulin
    insuline
    physio
    doctors appointment
    doctor s appointment
    at the doctor/doctors/dentist
    health problem/problems/issue/issues/reasons/trouble/scare
    unwell
    poorly
    terminal/terminally ill
    end of life
    menopause
    ~epilepsy
    covid19
""")
_IDIOMS = Lexicon("""
    assurance/caisse/mutuelle/couverture maladie
    maladie de la vigne
    sick of
    sick and tired
    sick note software
    alcool/alcools et spiritueux
    sans alcool
    gel hydro
    fait/faire/font la sourde oreille
    sourde oreille
    dialogue de sourds
    allergique au/aux/a demarchage/appels/commerciaux/telephone/pub/changement/vendeurs/prospection
    allergique au/aux demarchage/appels/commerciaux/telephone
    allergic to
    hearing aids
    band aids
    fauteuil/fauteuils roulants
    wheelchair ramps/ramp/taxi/makers/maker/supplier
    wheelchairs
    makes/sells/sell/make wheelchair
    enceintes
    enceinte acoustique/bluetooth/connectee/sportive
    dans l enceinte
    l enceinte du/de
    breakdown of/by/cover/service/per
    cost/price breakdown
    car/van breakdown
    blind copy/carbon/spot
    a l aveugle
    accident de parcours
    tentative de appel/contact/relance/joindre
    tentative d appel/d/appels/contact
    tentatives
    personnel malade
    handicap international
    retraite complementaire
    addict to work
    stroke of luck
    shrink wrap
    drug store
    to hospital trusts
    medicament/medicaments veterinaire
    psychiatric hospital trust
    en arret de/production/machine
    surgery hours/software
    dental/vet/gp/doctors/veterinary surgery
    maternity ward/wear/clothes/store
    addictif
    flu season campaign
""")


def ailing(words: Sequence[str]) -> bool:
    """Whether something is said of a person's health."""
    return _HEALTH.within(words, _IDIOMS)
