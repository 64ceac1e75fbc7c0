# Testi delle schermate. `n` sceglie il plurale, `count` è il numero già scritto.

screen-my-ente = Il mio ente
screen-comparison = Confronto
screen-twinning = Gemellaggio
screen-national = Nazionale
screen-network = Rete

yes = sì
no = no
unknown = non noto
loading = aggiorno…
demo = dimostrazione
other-services = altri servizi
waiting-for-node = In attesa del nodo…
refused-by-node = Il nodo non può rispondere: { $reason }
too-small = Lo schermo ha { $columns } colonne e { $rows } righe: ne servono almeno { $columns-min } e { $rows-min }. Ingrandire la finestra.

link-connecting = mi collego
link-up = collegato
link-lost = nodo assente
lost-unreachable = Il nodo non risponde da { $seconds } s ({ $reason }): riprovo da solo.
lost-token = Il nodo non accetta il token ({ $reason }): chiederne uno nuovo a chi lo amministra.
lost-file = { $reason }
old = Dati vecchi.
old-refreshing = Dati vecchi: il nodo è tornato, aggiorno…

month-year = { $month ->
    [1] gennaio
    [2] febbraio
    [3] marzo
    [4] aprile
    [5] maggio
    [6] giugno
    [7] luglio
    [8] agosto
    [9] settembre
    [10] ottobre
    [11] novembre
   *[12] dicembre
  } { $year }

n-votes = { $n ->
    [one] { $count } voto
   *[other] { $count } voti
  }
n-enti = { $n ->
    [one] { $count } ente
   *[other] { $count } enti
  }
n-members = { $n ->
    [one] { $count } membro
   *[other] { $count } membri
  }
n-connected = { $n ->
    [one] { $count } collegato
   *[other] { $count } collegati
  }
population = { $count } abitanti
population-unknown = abitanti non noti
part-of = { $part } su { $whole }
position = { $first }–{ $last } di { $length }
all-together = tutti insieme: { $n ->
    [one] { $count } voto
   *[other] { $count } voti
  }

face-green = verde
face-yellow = giallo
face-red = rosso

column-ente = ente
column-member = membro
column-category = tipo
column-region = regione
column-population = abitanti
column-service = servizio
column-channel = canale
column-branch = sede
column-n = n
column-green = ▲ verde
column-yellow = ■ giallo
column-red = ▼ rosso
column-green-votes = ▲ V
column-yellow-votes = ■ G
column-red-votes = ▼ R
column-served = serviti
column-state = stato
column-received = ricevuta
column-due = attesa
column-stratum = servizio · canale
column-a-n = n A
column-a-green = ▲ verde A
column-b-n = n B
column-b-green = ▲ verde B
column-difference = A − B, punti
column-role = ruolo
column-link = linea
column-feed = catena
column-entries = voci
column-last-entry = ultima
column-key = chiave
column-key-until = scade il
column-head-id = testa
column-version = versione

received-today = Voti ricevuti oggi: almeno
received-note = cresce di cinque in cinque
no-closed-month = Nessun mese chiuso finora: il primo si chiude il giorno 11 del mese dopo.
month-carried = troppo pochi voti: riportati al mese dopo
includes-carried = con i voti riportati di { $months }
corrected = versione corretta
commitments = Impegni
commitment-plan = Piano
commitment-survey = Rilevazione
commitment-publication = Pubblicazione
state-met = mantenuto
state-due = da fare
state-missed = mancato
services-and-channels = Servizi e canali
nothing-published = niente di pubblicato
live-title = Urna aperta, { $month }
live-none = ancora nessun gruppo di almeno cinque voti
reasons-of = Motivi del rosso: { $service }
reasons-pooled = Motivi di { $n ->
    [one] un rosso, messi insieme
   *[other] { $count } rossi, messi insieme
  }
reasons-none = Motivi: troppo pochi rossi per mostrarli
reason-number = motivo { $number }
no-votes-here = Questo nodo non raccoglie voti.
no-votes-here-why = Questo nodo non raccoglie voti: le altre schermate mostrano la rete.

all-services = tutti i servizi
all-channels = tutti i canali
all-regions = tutte le regioni
newest-month = il mese più recente
order-name = per nome
order-region = per regione
order-size = per abitanti
order-votes = per numero di voti
nothing-matches = nulla corrisponde ai filtri
services-label = servizi:
is-expert = amministrazione esperta

summary-counted = trasmessa
summary-carried = riportata
summary-refused = rifiutata
summary-not-understood = non capita
summary-forked = sdoppiata
summary-missing = in ritardo
summary-not-due = non dovuta

experts-title = Amministrazioni esperte designate dal DFP
no-experts = Il DFP non ha ancora designato amministrazioni esperte.
expert-areas = ambiti
expert-reason = perché
expert-mailbox = casella
expert-until = fino al
available-yes = disponibile
available-no = non disponibile
available-unknown = disponibilità non nota
pair-title = Fianco a fianco, { $month }
nothing-in-common = nessun servizio in comune su uno stesso canale
no-such-group = nessun gruppo pubblicato qui
not-comparable-because = non confrontabile: { $reason }

coverage-enti = Enti che contano
coverage-people = Abitanti dei comuni
count-carried = { $n ->
    [one] { $count } riportata
   *[other] { $count } riportate
  }
count-refused = { $n ->
    [one] { $count } rifiutata
   *[other] { $count } rifiutate
  }
count-not-understood = { $n ->
    [one] { $count } non capita
   *[other] { $count } non capite
  }
count-forked = { $n ->
    [one] { $count } sdoppiata
   *[other] { $count } sdoppiate
  }
carried-in = { $n ->
    [one] con { $count } mese riportato
   *[other] con { $count } mesi riportati
  }
restatement = rettifica n. { $number }
transmissions-title = Chi ha trasmesso
not-published = Il mese nazionale non è ancora pubblicato (il DFP lo pubblica il giorno 20).
identical = Ricalcolato qui dalle sintesi: identico a quello firmato dal DFP.
not-identical = Ricalcolato qui dalle sintesi: diverso da quello firmato dal DFP.

members-title = Membri
digest = impronta
link-itself = qui
role-ente = ente
role-observer = osservatore
role-hub = incontro
feed-ok = in ordine
feed-forked = sdoppiata
feed-over-quota = oltre quota
feed-revoked = revocata
feed-left = uscito
feed-ok-why = La catena è intera e verificata.
feed-forked-why = Due voci firmate con lo stesso numero: conta solo la parte prima, finché il DFP decide.
feed-over-quota-why = Più voci di quante un ente può pubblicare: quelle in più non contano.
feed-revoked-why = Il DFP ha revocato la chiave: le voci oltre l'ultima riconosciuta non contano.
feed-left-why = L'ente ha lasciato la rete; le sue sintesi restano.
key-until = chiave di trasporto fino al { $day } · { $head } voci · versione { $version }

category-L4 = regione
category-L5 = provincia
category-L6 = comune
category-L7 = azienda sanitaria
category-L17 = università
category-L18 = unione di comuni
category-L45 = città metropolitana

search = Cerca
search-keys = Invio conferma · Esc annulla
pick-month = Mese
pick-service = Servizio
pick-channel = Canale
pick-region = Regione
pick-type = scrivere per restringere
pick-foot = ↑↓ Invio · Esc

keys-my-ente = ? aiuto | q esci | ←→ elenco | ↑↓ scorri | l English
keys-comparison = ? aiuto | q esci | / cerca | o ordina | m mese | s servizio | c canale | r regione | ↑↓ scorri | l English
keys-twinning = ? aiuto | q esci | ↑↓ scegli | Invio fianco a fianco | Esc torna | m mese | l English
keys-national = ? aiuto | q esci | ←→ elenco | m mese | ↑↓ scorri | l English
keys-network = ? aiuto | q esci | ↑↓ scorri | l English

help-title = Aiuto: { $screen }
help-foot = Esc chiude
help-foot-more = ↑↓ scorre · Esc chiude
help-my-ente =
    Il proprio ente: l'urna aperta, l'ultimo mese chiuso, gli impegni.
    voti di oggi | Ricevuti e scritti su disco oggi. Cresce di cinque in cinque, perché un solo voto non riveli chi è appena uscito.
    urna aperta | Facce per servizio e sede, in gruppi di almeno cinque e non prima di fine mezza giornata. Solo qui: non lascia l'ente.
    servizi e canali | L'ultimo mese chiuso, come pubblicato. "Altri servizi" unisce i servizi con troppo pochi voti: nessun voto è nascosto, il totale è esatto.
    riportati | Meno di cinque voti in tutto: passano al mese dopo e lì vengono detti.
    motivi | Uno dei quattro, dopo il rosso; sotto i cinque rossi si pubblicano insieme ad altri. Chi non sceglie un motivo conta come rosso.
    serviti | Utenti serviti, se l'ente li comunica; altrimenti "non noto", mai zero.
    impegni | Piano di rilevazione pubblicato, mese rilevato, risultati pubblicati sul sito.
help-comparison =
    Tutti gli enti nel mese scelto. L'ordine non dipende mai dal risultato: non è una classifica.
    n | Voti pubblicati con i filtri scelti. Una percentuale senza n non dice nulla.
    tra parentesi | Intervallo di Wilson al 95 %: dove può stare la percentuale, dato n. Più voti, intervallo più stretto.
    colori | Verde ▲, giallo ■, rosso ▼: la forma dice lo stesso del colore.
    canali | Non confrontare canali diversi come qualità: vota chi vuole, e la partecipazione cambia con il canale.
    stato | Trasmessa, riportata al mese dopo, in ritardo, rifiutata (con il motivo), sdoppiata, non dovuta.
    ★ | Amministrazione esperta designata dal DFP.
help-twinning =
    Le amministrazioni che il DFP ha designato come esperte di ascolto, e il confronto con una di loro.
    designazione | Per pratica e disponibilità, non per una percentuale: anche i piccoli comuni possono essere esperti.
    fianco a fianco | Lo stesso servizio sullo stesso canale, A a sinistra e B a destra.
    A − B, punti | Differenza tra le percentuali di verde in punti, con l'intervallo di Newcombe al 95 %. Se l'intervallo contiene lo zero, i voti non bastano a dire che c'è differenza.
    non confrontabile | Il gruppo manca da una parte, è "altri servizi", o i voti sono troppo pochi: il motivo è scritto.
    casella | La casella dell'ufficio qualità dell'ente esperto: da lì comincia un gemellaggio.
help-national =
    Il mese nazionale: solo somme, con la copertura. Un ente non compare mai da solo.
    enti che contano | Sintesi contate su quelle attese nel mese; le riportate contano come trasmesse.
    abitanti | Abitanti dei comuni che contano su quelli dei comuni attesi.
    chi ha trasmesso | Prima chi è in ritardo o rifiutato. La sintesi è attesa il giorno 11 del mese dopo.
    percentuali | Somma dei voti di tutti, poi divisione: mai medie di percentuali.
    ricalcolato | Questo nodo rifà il conto dalle sole sintesi e lo confronta con quello firmato dal DFP.
    rettifica | Una pubblicazione successiva dello stesso mese, perché sono arrivate altre sintesi.
help-network =
    I membri della rete e quanto questo nodo sa di loro.
    catena | Il registro firmato di ogni membro: in ordine, sdoppiata, oltre quota, revocata.
    voci | Quante voci della catena questo nodo ha e riconosce.
    impronta | Uguale su due nodi se e solo se hanno le stesse catene.
    linea | Se questo nodo e l'altro sono collegati adesso. Non serve che lo siano tutti.
    chiave | Quanta parte della durata della chiave di trasporto è passata; dal 70 % va rinnovata.
help-everywhere =
    Ovunque
    1–5, Tab | Cambia schermata; ← → cambia elenco dove ce ne sono due.
    ↑ ↓ PgSu PgGiù | Scorre; Inizio e Fine vanno ai capi.
    l | Italiano o inglese.
    q | Esce.
