"""Insults and coarse language, French and English."""

from collections.abc import Sequence

from filters.screening.lexicon import Lexicon

_INSULTS = Lexicon("""
    con
    conne
    cons
    connes
    connard*
    ~connard
    ~connasse
    ~enfoire
    ~bastard
    ~asshole
    conard*
    connar
    connas*
    conasse*
    connerie*
    couillon*
    abruti*
    cretin*
    debile*
    idiot*
    imbecil*
    stupide*
    salaud*
    salop*
    enfoir*
    encul*
    batard*
    emmerd*
    merde*
    merdiqu*
    putain*
    pute
    putes
    pouffias*
    poufiass*
    petas*
    chieur*
    chieus*
    chiant*
    casse couilles/couille/pieds/bonbons/burnes
    bouffon*
    guignol*
    charlot
    tocard*
    toquard*
    ordure
    raclure*
    pourriture
    escroc*
    arnaqueur*
    voleur/voleuse
    menteur*
    menteus*
    mytho
    mythoman*
    radin*
    pingre*
    rapiat*
    grippe sou
    feignas*
    faineant*
    feignant*
    branleur*
    branleus*
    glandeur*
    boulet
    bouseux
    plouc*
    peqnot*
    demeure mental
    tare
    taree
    cingle*
    timbre du cerveau
    detraque*
    hysterique*
    parano
    facho
    nazi
    fdp
    ntm
    tdc
    ptn
    pd
    tarlouze*
    pedale
    gouine*
    negre
    bougnoul*
    youpin*
    nul a chier
    a la con
    fils de pute/chien
    va te faire
    ta gueule
    tete de noeud/con/mule
    trou du cul/c
    gros/grosse porc/vache/tas/lard/truie/cochon/dondon
    vieille bique/peau/vache/folle/chouette/chevre/sorciere/megere
    vieux schnock/debris/croulant/grincheux/machin/fou
    sale type/bonhomme/race/gosse/mec/bonne/gueule
    pauvre/pov/pauv type/mec/fille/cloche/tache/nana/con
    espece de
    gros/grosse naze/nase/nul/nulle
    nase
    naze
    minable*
    bete comme
    bete a manger
    qi de
    cervelle de
    asshol*
    arsehol*
    arse
    ass
    dumbas*
    jackas*
    bastard*
    bitch*
    cunt*
    dickhead*
    dickhed*
    knobhead*
    knob
    bellend*
    moron*
    stupid*
    dumb
    dimwit*
    halfwit*
    thicko
    jerk*
    prick*
    twat*
    tosser*
    wank*
    scumbag*
    scum
    douche*
    retard
    retarded
    retards
    crook*
    conman
    con man/artist
    fraudster*
    liar*
    thief
    cheapskate*
    skinflint*
    shit*
    bullshit*
    fuck*
    fck
    fckn
    bollocks
    bugger
    crap
    crappy
    slut*
    whore*
    hag
    old cow/bag/hag/git/fart/bat/goat
    silly/stupid/fat cow/pig/sod
    fat slob
    git
    nutter*
    nutjob*
    nutcase*
    psycho
    lunatic*
    loser*
    muppet*
    numpty
    plonker*
    pillock*
    clown
    imbecile*
    faggot*
    waste of space/oxygen/skin
    pain in the/my
    piece of shit/work/crap
    thick as
    off his/her head
    lazy sod/git/cow/pig
    a total/complete/right/real tool/nightmare
""")
_IDIOMS = Lexicon("""
    pros and cons
    con edison
    pain in the back/neck/knee/leg
    retard de/du/sur/dans/a/d/au/pour
    en/du/le/un/son/leur/ce retard
    retard livraison
    stupid o
    timbre poste
    anti voleur/vol
    idiot proof
    crash and burn
    kick ass
""")


def insulting(words: Sequence[str]) -> bool:
    """Whether somebody is insulted, or the language is coarse; letters behind stars are taken for such a word."""
    return any("*" in word for word in words) or _INSULTS.within(words, _IDIOMS)
