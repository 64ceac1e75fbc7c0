# What the officers' screens say. Plain words; no ranking; a number never stands without what it counts.

# Il mio ente
my-ente-first = Nessun mese è ancora chiuso: il primo, { $month }, si chiude l’11 del mese seguente.
my-ente-month = Mese di { $month }: { $n ->
        [one] un voto
       *[other] { $n } voti
    }, { $green } verdi.
my-ente-month-carried = Mese di { $month }: pochi voti, riportati al mese seguente.
my-ente-refused = La sintesi di { $month } è stata rifiutata: { $reason }.
my-ente-not-understood = La sintesi di { $month } segue regole che questa versione non conosce: aggiornare il programma.
my-ente-late = La sintesi di { $month } manca: era attesa entro { $day }.
my-ente-forked = Il registro dell’ente contiene due versioni dello stesso atto: contattare il Dipartimento.
my-ente-missed = { $headline } Impegno non rispettato: { $commitment }
my-ente-due = { $headline } Da fare: { $commitment }

# Gli impegni
plan-met = Il piano di rilevazione è pubblicato.
plan-due = Pubblicare il piano di rilevazione entro { $day }.
plan-missed = Il piano di rilevazione andava pubblicato entro { $day }.
survey-met = I dati di { $month } sono trasmessi.
survey-due = Trasmettere i dati di { $month } entro { $day }.
survey-missed = I dati di { $month } andavano trasmessi entro { $day }.
publication-met = I risultati di { $month } sono pubblicati sul sito dell’ente.
publication-due = Pubblicare i risultati di { $month } sul sito dell’ente entro { $day }.
publication-missed = I risultati di { $month } andavano pubblicati sul sito dell’ente entro { $day }.

# Come sta un mese
state-carried = pochi voti, riportati al mese seguente
state-refused = sintesi rifiutata: { $reason }
state-not-understood = sintesi di una versione più recente: aggiornare il programma
state-forked = il registro dell’ente contiene due versioni dello stesso atto
state-gap = l’ente dichiara di non aver rilevato
state-missing = non ancora arrivata, era attesa entro { $day }
state-waiting = attesa entro { $day }
state-not-due = non attesa per questo mese

# Confronto
comparison-none = { $window ->
        [twelve] Dodici mesi fino a { $month }
       *[month] Mese di { $month }
    }: nessun ente ha ancora dati.
comparison-rows = { $window ->
        [twelve] Dodici mesi fino a { $month }
       *[month] Mese di { $month }
    }: { $counted ->
        [one] un ente con dati su { $expected }
       *[other] { $counted } enti con dati su { $expected }
    }, { $n ->
        [one] un voto
       *[other] { $n } voti
    }. Canali diversi raccolgono pubblici diversi: non si confrontano fra loro.

# Un ente nella rete
place-none = Nessun voto pubblicato su questi servizi e canali: non c’è nulla da confrontare.
place-peers-within = Tra i simili non è insolito: { $share } { $face ->
        [red] rossi
       *[green] verdi
    }, quanto può capitare a enti con gli stessi servizi e canali (atteso { $target }).
place-peers-above = Insolito tra i simili: { $share } { $face ->
        [red] rossi
       *[green] verdi
    }, più di quanto di solito si vede con gli stessi servizi e canali (atteso { $target }).
place-peers-below = Insolito tra i simili: { $share } { $face ->
        [red] rossi
       *[green] verdi
    }, meno di quanto di solito si vede con gli stessi servizi e canali (atteso { $target }).
place-peers-far-above = Molto insolito tra i simili: { $share } { $face ->
        [red] rossi
       *[green] verdi
    }, molto più di quanto di solito si vede con gli stessi servizi e canali (atteso { $target }).
place-peers-far-below = Molto insolito tra i simili: { $share } { $face ->
        [red] rossi
       *[green] verdi
    }, molto meno di quanto di solito si vede con gli stessi servizi e canali (atteso { $target }).
place-plain-within = Non diverso dal nazionale: lo scarto da { $target }, il valore della rete con gli stessi servizi e canali, può essere un caso.
place-plain-above = Diverso dal nazionale: più { $face ->
        [red] rossi
       *[green] verdi
    } di { $target }, il valore della rete con gli stessi servizi e canali; il caso da solo lo spiega male.
place-plain-below = Diverso dal nazionale: meno { $face ->
        [red] rossi
       *[green] verdi
    } di { $target }, il valore della rete con gli stessi servizi e canali; il caso da solo lo spiega male.
place-plain-far-above = Diverso dal nazionale: più { $face ->
        [red] rossi
       *[green] verdi
    } di { $target }, il valore della rete con gli stessi servizi e canali; il caso da solo non lo spiega.
place-plain-far-below = Diverso dal nazionale: meno { $face ->
        [red] rossi
       *[green] verdi
    } di { $target }, il valore della rete con gli stessi servizi e canali; il caso da solo non lo spiega.
caveat-few-votes = Attenzione: { $n ->
        [one] un voto è poco
       *[other] { $n } voti sono pochi
    }, la quota può cambiare molto da un mese all’altro.
caveat-few-enti = Attenzione: { $enti ->
        [0] nessun ente ha dati
        [one] un solo ente ha dati
       *[other] gli enti con dati sono { $enti }
    }, troppo poco per sapere quanto i simili differiscono fra loro.
caveat-participation = Ha votato { $share } delle persone servite: chi non vota può pensarla diversamente.
caveat-participation-unknown = Non si sa quante delle persone servite abbiano votato: l’ente non pubblica quante ne serve.

# Risultato notevole
evidence-notable = Risultato notevole: { $n } voti in dodici mesi, meno rossi di quanti il caso ne spieghi, nel quarto migliore della rete con probabilità { $best }, e così in { $quarters } trimestri su quattro.
evidence-few-votes = Troppo pochi dati per dirlo: { $n ->
        [0] nessun voto
        [one] un voto
       *[other] { $n } voti
    } in { $months ->
        [one] un mese
       *[other] { $months } mesi
    }; ne servono almeno { $least } in { $least-months } mesi.
evidence-not-beyond = Nessun risultato notevole: i rossi non sono meno di quanti il caso ne spieghi.
evidence-not-best = Nessun risultato notevole: nel quarto migliore della rete con probabilità { $best }, meno del 90 %.
evidence-not-lasting = Nessun risultato notevole: meno rossi dell’atteso in { $quarters ->
        [0] nessun trimestre
        [one] un trimestre
       *[other] { $quarters } trimestri
    } su quattro, ne servono tre.

# Simili
neighbours = { $n ->
        [0] Nessun ente si può ancora dire simile a { $name }.
        [one] L’ente più simile a { $name }, per quello che è e non per i risultati.
        [8] Gli 8 enti più simili a { $name }, per quello che sono e non per i risultati.
        [11] Gli 11 enti più simili a { $name }, per quello che sono e non per i risultati.
       *[other] I { $n } enti più simili a { $name }, per quello che sono e non per i risultati.
    }
like-other-kind = un altro tipo di ente
like-population = { $theirs } abitanti contro { $ours }
like-same-services = { $n ->
        [one] lo stesso servizio
       *[other] gli stessi { $n } servizi
    }
like-services = { $n ->
        [0] nessun servizio in comune
        [one] un servizio in comune su { $either }
       *[other] { $n } servizi in comune su { $either }
    }
like-channel = più voti dal canale { $channel }: { $theirs } contro { $ours }
like-channel-less = meno voti dal canale { $channel }: { $theirs } contro { $ours }
like-same-channels = voti dagli stessi canali
like-same-region = stessa regione
like-same-part = regioni vicine
like-other-part = un’altra parte d’Italia

# Gemellaggio
experts-none = Il Dipartimento non ha ancora designato amministrazioni esperte.
experts-some = { $n ->
        [one] Un’amministrazione esperta designata
       *[other] { $n } amministrazioni esperte designate
    } dal Dipartimento; { $available ->
        [0] nessuna si è detta disponibile
        [one] una si è detta disponibile
       *[other] { $available } si sono dette disponibili
    }.
pair-month-missing = { $window ->
        [twelve] Dodici mesi fino a { $month }
       *[month] Mese di { $month }
    }: { $name } non ha dati che contano.
pair-none = { $window ->
        [twelve] Dodici mesi fino a { $month }
       *[month] Mese di { $month }
    }: nessun servizio è confrontabile fra { $left } e { $right }.
pair-some = { $window ->
        [twelve] Dodici mesi fino a { $month }
       *[month] Mese di { $month }
    }: { $n ->
        [one] un servizio confrontabile
       *[other] { $n } servizi confrontabili
    }; { $beyond ->
        [0] nessuna differenza va oltre l’incertezza
        [one] una differenza va oltre l’incertezza
       *[other] { $beyond } differenze vanno oltre l’incertezza
    }.
pooled-more = { $scope ->
        [channel] A parità di servizi sul canale { $channel }
       *[all] A parità di servizi e canali
    } { $left } ha più { $face ->
        [red] rossi
       *[green] verdi
    } di { $right }: { $points } punti percentuali in più, con un’incertezza fra { $low } e { $high }.
pooled-fewer = { $scope ->
        [channel] A parità di servizi sul canale { $channel }
       *[all] A parità di servizi e canali
    } { $left } ha meno { $face ->
        [red] rossi
       *[green] verdi
    } di { $right }: { $points } punti percentuali in meno, con un’incertezza fra { $low } e { $high }.
pooled-level = { $scope ->
        [channel] A parità di servizi sul canale { $channel }
       *[all] A parità di servizi e canali
    } fra { $left } e { $right } non si vede una differenza di { $face ->
        [red] rossi
       *[green] verdi
    }: { $points } punti percentuali, con un’incertezza fra { $low } e { $high }.
pooled-reversed = I totali direbbero il contrario ({ $crude } punti), ma solo perché i due enti raccolgono voti su servizi e canali in proporzioni diverse.
pooled-varies = La differenza non è la stessa ovunque: guardare le righe una per una.
no-group = { $name } non pubblica questo servizio su questo canale
altri = gli altri servizi non sono gli stessi nei due enti
too-few = { $name } ha { $n ->
        [0] nessun voto
        [one] un solo voto
       *[other] solo { $n } voti
    }: ne servono almeno { $min }

# Nazionale
national-unpublished = Mese di { $month }: il Dipartimento non ha ancora pubblicato il mese; finora { $counted ->
        [0] nessun ente ha trasmesso
        [one] un ente ha trasmesso
       *[other] { $counted } enti hanno trasmesso
    } su { $expected }.
national-empty = Nessun mese nazionale è ancora stato pubblicato.
national-published = Mese di { $month }: { $counted ->
        [0] nessun ente ha trasmesso
        [one] un ente ha trasmesso
       *[other] { $counted } enti hanno trasmesso
    } su { $expected }; { $n ->
        [one] un voto
       *[other] { $n } voti
    }, { $green } verdi.
national-published-no-votes = Mese di { $month }: { $counted ->
        [0] nessun ente ha trasmesso
        [one] un ente ha trasmesso
       *[other] { $counted } enti hanno trasmesso
    } su { $expected }, ancora senza voti pubblicati.
verdict-identical = Questo nodo ha ricalcolato il mese dalle sintesi: è identico a quello firmato dal Dipartimento.
verdict-differs = Questo nodo ha ricalcolato il mese dalle sintesi: differisce ({ $part }). Avvisare il Dipartimento.
verdict-impossible = Questo nodo non può ricalcolare il mese: { $reason }.
verdict-not-understood = Il mese segue regole che questa versione non conosce: aggiornare il programma.
part-coverage = la copertura
part-total = il totale
part-cells = i voti per servizio e canale
part-reasons = i motivi
part-carried = i mesi riportati
part-month = il mese
as-of-malformed = l’elenco delle voci contate non è leggibile
as-of-not-held = manca la voce { $sequence } di { $author }
as-of-other = la voce { $sequence } di { $author } non è quella contata dal Dipartimento
as-of-others = alcune voci non sono quelle contate dal Dipartimento
as-of-fork = il registro di { $author } contiene due versioni della voce { $sequence }
as-of-fork-unproven = manca la prova delle due versioni nel registro di { $author }
restated-coverage = Enti contati: da { $counted_before } su { $expected_before } a { $counted_after } su { $expected_after }.
restated-coverage-detail = Sono cambiati i dettagli della copertura; gli enti contati sono gli stessi di prima.
restated-total = Voti: da { $before } a { $after } (verdi da { $green_before } a { $green_after }, rossi da { $red_before } a { $red_after }).
restated-cells = { $n ->
        [one] È cambiata una riga per servizio e canale.
       *[other] Sono cambiate { $n } righe per servizio e canale.
    }
restated-reasons = Sono cambiati i motivi dei voti rossi.
restated-carried = Mesi riportati in questo: da { $before } a { $after }.

# Rete
network-alone = { $members ->
        [one] Un membro
       *[other] { $members } membri
    }; questo nodo non è collegato a nessuno.
network-behind = Questo nodo è indietro rispetto al mese nazionale { $month }: mancano voci di { $feeds ->
        [one] un membro
       *[other] { $feeds } membri
    }. I nodi a cui è collegato potrebbero nasconderle: collegarsi ad altri o importare un archivio fidato.
network-behind-root = Questo nodo è indietro rispetto al mese nazionale { $month }: mancano voci dell'albo, e quindi forse interi membri. I nodi a cui è collegato potrebbero nasconderle: collegarsi ad altri o importare un archivio fidato.
network-fine = { $members ->
        [one] Un membro
       *[other] { $members } membri
    }, { $connected ->
        [one] uno collegato
       *[other] { $connected } collegati
    } a questo nodo; nessun problema nei registri.
network-troubled = { $members ->
        [one] Un membro
       *[other] { $members } membri
    }, { $connected ->
        [one] uno collegato
       *[other] { $connected } collegati
    } a questo nodo; da guardare: { $names }.
network-keys = { $members ->
        [one] Un membro
       *[other] { $members } membri
    }, { $connected ->
        [one] uno collegato
       *[other] { $connected } collegati
    } a questo nodo; chiavi da rinnovare: { $names }.

# Avvisi in alto su ogni schermata
warning-left = L’ente è uscito dalla rete { $day }.
warning-key-unknown = Le chiavi del nodo non sono ancora nell’albo: il nodo aspetta il Dipartimento.
warning-key-revoked = Il Dipartimento ha revocato la chiave del nodo: ciò che pubblica non conta. Chi segue i sistemi chiami il Dipartimento.
warning-key-followed = Il nodo lavora con una chiave diversa da quella dell’albo: chi segue i sistemi guardi `faccina status`.
warning-key-waits = La chiave nuova del nodo aspetta il Dipartimento; intanto vale quella di prima.
warning-key-restart = La chiave nuova del nodo è nell’albo: riavviare il nodo per usarla.
warning-key-ageing = La chiave del nodo scade { $day }: rinnovarla (faccina keys renew).
warning-key-expired = La chiave del nodo è scaduta { $day }: rinnovarla subito (faccina keys renew).

# Perché una sintesi non conta (lista chiusa dei controlli)
refusal-malformed = non è leggibile ({ $first })
refusal-month-not-over = è stata pubblicata il { $second }, prima della fine del mese { $first }
refusal-before-admission = il mese { $first } precede il primo mese dell’ente, { $second }
refusal-already-published = il mese { $first } è già pubblicato: può seguire solo una versione corretta
refusal-gap = i mesi da { $first } a { $second } non sono dichiarati come interruzione
refusal-catalogue-version = indica la versione { $first } del catalogo, quella del mese è la { $second }
refusal-parameters = i suoi parametri non sono quelli del catalogo
refusal-key-order = il gruppo { $group } è ripetuto o fuori ordine
refusal-unknown-service = il servizio del gruppo { $group } non è nel catalogo
refusal-unknown-channel = il canale del gruppo { $group } non è nel catalogo
refusal-group-too-small = il gruppo { $group } ha { $first } voti, ne servono almeno { $second }
refusal-group-telling = il gruppo { $group } ha { $first } rossi su { $second } voti: rivelerebbe l’opinione di chi ha votato
refusal-own-reasons-too-few = il gruppo { $group } pubblica i motivi di { $first } rossi, ne servono almeno { $second }
refusal-own-reasons-beyond-reds = il gruppo { $group } ha { $first } motivi per { $second } rossi
refusal-pool-group = l’elenco dei motivi raccolti indica a torto il gruppo { $group }
refusal-pool-too-small = i motivi raccolti sono di { $first } rossi, ne servono almeno { $second }
refusal-pool-beyond-reds = i motivi raccolti sono { $first } per { $second } rossi
refusal-carried-reds = dichiara { $first } rossi di mesi precedenti, ma quei mesi ne hanno lasciati { $second } senza motivi
refusal-carried-month = richiama il mese { $first }, che non ha lasciato rossi senza motivi
refusal-carried-from = i mesi riportati che dichiara non sono quelli che la precedono
refusal-nothing-to-correct = corregge il mese { $first }, che non è pubblicato
refusal-already-corrected = il mese { $first } è già stato corretto una volta
refusal-correction-too-small = la correzione cambia il gruppo { $group } di { $first } voti: nessuno, o almeno { $second }
refusal-carryover-changed = la correzione cambia ciò che il mese { $first } riceve o riporta

# Perché un voto è stato rifiutato ai terminali
vote-refused-envelope = voto illeggibile: aggiornare il programma del terminale
vote-refused-terminal-unknown = terminale non registrato presso questo ente
vote-refused-terminal-revoked = terminale revocato
vote-refused-signature = firma non valida
vote-refused-malformed = voto illeggibile: aggiornare il programma del terminale
vote-refused-not-canonical = voto non scritto secondo le regole: aggiornare il programma del terminale
vote-refused-not-the-signer = voto firmato da un altro terminale
vote-refused-other-ente = voto destinato a un altro ente
vote-refused-service = servizio che quel terminale non raccoglie
vote-refused-channel = canale diverso da quello del terminale
vote-refused-branch = sede diversa da quella del terminale
vote-refused-invite-missing = voto senza invito, dove serve
vote-refused-not-attended = voto non aperto dal personale, dove serve
vote-refused-attended-elsewhere = voto aperto dal personale, dove nessuno assiste
vote-refused-invite-unknown = invito sconosciuto: digitato male o mai emesso
vote-refused-invite-spent = invito già usato
vote-refused-invite-expired = invito scaduto
vote-refused-invite-not-yet-valid = invito non ancora valido: controllare l’orologio del terminale
vote-refused-invite-for-another = invito per un altro servizio, canale o sede
vote-refused-day-outside-month = giorno fuori dal mese: controllare l’orologio del terminale
vote-refused-month-ahead = mese futuro: controllare l’orologio del terminale
vote-refused-too-late = voto arrivato quando il suo mese era finito da troppo tempo
vote-refused-other = altro motivo

# Perché il nodo non pubblica, finché qualcuno non decide.
stopped-behind = Il nodo non pubblica: altri nodi hanno suoi atti che qui mancano, perché i dati sono tornati a uno stato precedente. Chi gestisce il nodo deve decidere (faccina adopt).
stopped-foreign = Il nodo non pubblica: qualcun altro firma con la sua chiave. Avvisare subito il Dipartimento.
stopped-copy = Il nodo non pubblica: una sua copia è accesa altrove. Spegnerne una: l’altra riprende da sola dopo cinque minuti.
stopped-asking = Il nodo è stato ripristinato e chiede agli altri che cosa aveva già pubblicato: per ora i voti attendono sui terminali.
