# What is published of a month: the page, the paragraph for the yearly report. Plain words; a number never stands
# without what it counts; nothing here orders one administration above another.

# Parole comuni
page-list-last = { $before } e { $last }
page-other-services = altri servizi
page-several-channels = più canali
page-reason-1 = primo motivo
page-reason-2 = secondo motivo
page-reason-3 = terzo motivo
page-reason-4 = quarto motivo
page-face-green = Bene
page-face-yellow = Così così
page-face-red = Male
page-unknown = non noto
page-none = nessuno
page-fewer-than-five = meno di 5
page-at-least = almeno { $n }
page-demo = Dimostrazione: l’ente e i voti sono inventati.

# Cornice della pagina
page-skip = Vai al contenuto
page-network = Rete di ascolto dei cittadini
page-footer = I voti sono anonimi: non si registra chi vota né a che ora. Ogni giudizio riguarda il servizio nel suo insieme, mai una persona.
page-contact = Ufficio che cura l’ascolto:
page-downloads = Gli stessi numeri come dati:

# Il mese di un ente
page-title = Com’è andata? { $month } – { $name }
page-description = I giudizi di chi ha usato i servizi di { $name } nel mese di { $month }: numeri, motivi, andamento e metodo.
page-heading = Com’è andata?
page-heading-month = I giudizi di { $month }
page-lead = { $n ->
        [0] Nel mese di { $month } non è arrivato nessun giudizio.
        [one] Nel mese di { $month } abbiamo raccolto un solo giudizio: un tocco su una faccina, subito dopo il servizio.
       *[other] Nel mese di { $month } abbiamo raccolto { $n } giudizi: un tocco su una faccina, subito dopo il servizio.
    }
page-lead-carried = I giudizi di { $month } sono pochi: li riportiamo a { $next }.
page-carried-why = Pubblicare pochi voti potrebbe far riconoscere chi li ha dati. Nessun voto va perso: si aggiungono al mese seguente, che lo dirà.
page-carried-in = Questi numeri comprendono i voti riportati da { $months }, allora troppo pochi per essere pubblicati.
page-corrected = Versione corretta: sostituisce per intero i numeri pubblicati la prima volta.
page-withdrawn-total = Prima versione, sostituita
page-count-of = { $count } su { $n }
page-interval = intervallo al 95 %:
page-participation-known = Ha votato chi ha voluto: { $n ->
        [one] un giudizio
       *[other] { $n } giudizi
    } su { $served ->
        [one] una persona servita
       *[other] { $served } persone servite
    } ({ $share }; intervallo al 95 %: { $interval }).
page-participation-partly = Ha votato chi ha voluto. Quante persone siano state servite è noto solo per alcuni servizi: lo dice la tabella.
page-participation-unknown = Ha votato chi ha voluto. Quante persone siano state servite in tutto non è noto, quindi non è nota la quota di chi ha votato.

# Servizio per servizio
page-services-title = Servizio per servizio
page-services-text = Ogni canale ha il suo grafico, perché i canali non si confrontano: raccolgono pubblici diversi. Accanto a ogni percentuale c’è il numero dei voti da cui viene.
page-services-caption = Giudizi per canale e servizio, con l’intervallo al 95 %
page-channel-chart = { $channel }: i giudizi per servizio
page-bar-words = { $name }: { $n ->
        [one] un giudizio
       *[other] { $n } giudizi
    }; { $shares }.
page-votes-head = Giudizi
page-service-head = Servizio
page-participation-head = Hanno votato
page-enti-head = Enti
page-total = Tutti insieme
page-all-months = Tutti questi mesi
page-stratum = { $service }, { $channel }

# I motivi
page-reasons-title = I motivi di chi ha detto «male»
page-reasons-text = Chi tocca la faccina rossa può indicare un motivo fra quattro. I motivi si pubblicano quando i voti negativi sono abbastanza; gli altri si sommano fra più servizi.
page-reasons-caption = Motivi dei giudizi negativi
page-reasons-none = In questo mese non ci sono motivi pubblicati.
page-reasons-waiting = { $n ->
        [one] Il motivo di un giudizio negativo aspetta i mesi seguenti, per non far riconoscere chi l’ha dato.
       *[other] I motivi di { $n } giudizi negativi aspettano i mesi seguenti, per non far riconoscere chi li ha dati.
    }
page-reason-head = Motivo
page-reds-head = Giudizi negativi
page-reds = { $n ->
        [one] un giudizio negativo
       *[other] { $n } giudizi negativi
    }
page-reason-words = { $reason }: { $n } su { $reds }, { $share } ({ $interval }).
page-reason-count = { $reason }: { $n }.
page-unspoken = Nessun motivo indicato
page-pool = Più servizi insieme

# Dodici mesi
page-series-title = Mese per mese
page-series-text = La linea è la quota di giudizi positivi; la fascia è l’intervallo al 95 %: con pochi voti è larga, e le differenze dentro la fascia possono essere casuali.
page-series-caption = Giudizi mese per mese, con l’intervallo al 95 %
page-series-chart = Quota di giudizi positivi, mese per mese
page-month-head = Mese
page-point-words = { $month }: { $share } su { $n ->
        [one] un giudizio
       *[other] { $n } giudizi
    }, intervallo { $interval }.
page-point-carried = { $month }: pochi voti, riportati al mese seguente.
page-point-none = { $month }: nessun dato.
page-state-carried = pochi voti, riportati al mese seguente
page-state-gap = il servizio di ascolto non era attivo
page-state-missing = nessun dato pubblicato

# Come leggere
page-reading-title = Come leggere questi numeri
page-read-vote = Il voto
page-read-vote-text = Un tocco su una di tre faccine: bene, così così, male. È libero, anonimo e riservato a chi è appena stato servito. Giudica il servizio nel suo insieme, mai chi sta allo sportello.
page-read-interval = L’intervallo
page-read-interval-text = Con pochi voti una percentuale dice poco. L’intervallo al 95 % (di Wilson) indica fra quali valori la quota sta ragionevolmente: «90,12–95,48 %» vuol dire che 93 % e 91 % sono entrambi credibili.
page-read-channels = I canali
page-read-channels-text = Sportello, telefono e web raccolgono pubblici diversi, in momenti diversi e con partecipazione diversa: le loro percentuali non dicono quale canale lavori meglio.
page-read-who = Chi vota
page-read-who-text = Vota solo chi vuole, spesso una persona su dieci o meno: chi tace può pensarla diversamente. Davanti a un operatore è più difficile dire «male». Anche la novità, la stagione, i doppi tocchi e i terminali spenti cambiano i numeri.
page-read-others = Altri servizi
page-read-others-text = I servizi con pochi voti si sommano in «altri servizi», perché nessuno si possa riconoscere. Ogni voto è in un solo gruppo: la somma dei gruppi è il totale.
page-read-carried = Voti riportati
page-read-carried-text = Se i voti di un mese sono troppo pochi anche tutti insieme, passano al mese seguente, che li comprende e lo dice.
page-read-corrected = Versione corretta
page-read-corrected-text = Un mese chiuso non cambia. Se contiene un errore si può sostituire una volta sola, per intero; la prima versione resta visibile.
page-read-restated = Versione corretta
page-read-restated-text = Se dopo la pubblicazione arrivano altre sintesi o correzioni, il mese si pubblica di nuovo con un numero progressivo; le versioni precedenti restano nel registro.

# Dati e metodo
page-data-title = Dati e metodo
page-period = Periodo
page-published-on = Pubblicato nel registro
page-edition = Versione
page-edition-first = prima versione
page-edition-corrected = versione corretta, sostituisce la prima
page-edition-restated = versione corretta numero { $n }
page-catalogue-version = Versione del catalogo dei servizi
page-rules-version = Versione delle regole
page-software-version = Versione del programma che ha chiuso il mese
page-parameters = Regole di riservatezza
page-parameters-text = si pubblica un gruppo da { $threshold } voti in su ({ $sensitive } per i servizi delicati); sotto { $below } voti, solo se almeno { $dominance } non sono negativi; i motivi da { $reasons } voti negativi in su
page-votes-late = Voti arrivati dopo la chiusura del loro mese
page-votes-repeat = Tocchi ravvicinati sullo stesso terminale
page-votes-outside = Voti fuori orario
page-votes-revoked = Voti da terminali poi revocati
page-votes-over = Voti oltre il numero di persone servite
page-backing = Voti dati con un invito o alla presenza di chi assiste
page-backing-none = nessuno
page-backing-under-quarter = meno di un quarto
page-backing-to-half = da un quarto alla metà
page-backing-to-three-quarters = da metà a tre quarti
page-backing-more = più di tre quarti
page-backing-all = tutti
page-listened = Orario di apertura in cui si poteva votare
page-listened-tenths = { $n ->
        [0] meno di un decimo
        [one] circa un decimo
        [10] tutto l’orario, o quasi
       *[other] circa { $n } decimi
    }
page-restored = Ripristino
page-restored-text = dopo un ripristino dei dati gli inviti già consegnati non valgono più
page-gaps = Mesi senza rilevazione
page-ballots-root = Impronta dell’urna
page-licence = Licenza dei dati
page-verify = Come verificare
page-verify-text = I numeri vengono dalla voce { $sequence } del registro firmato di chi pubblica, che ha questa impronta; ogni membro della rete ne ha una copia. Chi ha i registri ricalcola tutto, anche senza collegamento, con due comandi:

# Il mese nazionale
page-national-title = Com’è andata in Italia? { $month } – { $name }
page-national-description = I giudizi dei cittadini sui servizi pubblici nel mese di { $month }: numeri nazionali con la loro copertura.
page-national-heading = I giudizi di { $month } in tutta la rete
page-national-lead = Nel mese di { $month } { $counted ->
        [0] nessun ente su { $expected } ha trasmesso i suoi risultati
        [one] un ente su { $expected } ha trasmesso i suoi risultati
       *[other] { $counted } enti su { $expected } hanno trasmesso i loro risultati
    }: { $n ->
        [one] un giudizio
       *[other] { $n } giudizi
    } in tutto. Qui ci sono solo somme: nessun ente è indicato, se non per una buona pratica e con il suo consenso.
page-national-series-text = La linea è la quota di giudizi positivi di tutti gli enti insieme; la fascia è l’intervallo al 95 %. Gli enti che trasmettono cambiano di mese in mese.
page-fixed-text = Gli enti che trasmettono cambiano, e con loro i servizi. La linea tratteggiata toglie questo effetto: ogni servizio, in ogni canale, pesa quanto pesava nel { $year }. Comprende solo i servizi indicati per nome in un solo canale, con almeno 30 giudizi nel mese e già presenti nel { $year }; la tabella dice quanti giudizi sono.
page-fixed-head = Con il peso dei servizi nel { $year }
page-fixed-point-words = { $month }, con i pesi dell’anno prima: { $share }, intervallo { $interval }; comprende { $covered ->
        [one] un giudizio
       *[other] { $covered } giudizi
    } su { $n }.
page-crude-head = Come sono
page-national-reasons-text = I motivi di chi ha toccato la faccina rossa, per canale. Quelli che gli enti pubblicano solo insieme, per riservatezza, stanno alla fine.
page-restated = Versione corretta numero { $n }, pubblicata { $day }: sostituisce i numeri pubblicati prima.
page-superseded = Versione superata, sostituita { $day }: vale la versione corretta numero { $n }.
page-versions-title = Le versioni di questo mese
page-versions-text = Ogni versione resta nel registro firmato con i numeri che aveva. Vale l’ultima.
page-versions-caption = Le versioni pubblicate, dalla prima
page-coverage-title = Quanti enti ci sono in questi numeri
page-coverage-text = Le percentuali nazionali sommano i voti, mai le percentuali degli enti. Valgono per gli enti che hanno trasmesso.
page-coverage-expected = Enti attesi
page-coverage-counted = Enti che hanno trasmesso
page-coverage-carried = di cui con pochi voti, riportati al mese seguente
page-coverage-refused = Enti con sintesi rifiutata perché non rispetta le regole
page-coverage-not-understood = Enti con sintesi di una versione più recente
page-coverage-forked = Enti con un registro contraddittorio
page-coverage-population-expected = Abitanti dei comuni attesi
page-coverage-population-counted = Abitanti dei comuni che hanno trasmesso
page-coverage-carried-in = Mesi riportati compresi in questo
page-practices-title = Buone pratiche
page-practices-text = Gli enti che le hanno scritte hanno acconsentito a essere nominati. L’ordine è alfabetico.
page-as-of = Impronta delle sintesi contate

# Il paragrafo per la relazione annuale
page-report-title = Soddisfazione degli utenti rilevata con le faccine (D.lgs. 150/2009, artt. 7, 8 e 19-bis)
page-report-year = { $span ->
        [one] Nel mese di { $to }
       *[other] Dal mese di { $from } al mese di { $to }
    } { $name } ha ascoltato chi aveva appena usato i suoi servizi ({ $services }; canali: { $channels }), con un tocco su una faccina. { $months ->
        [one] C’è un mese con risultati pubblicati.
       *[other] I mesi con risultati pubblicati sono { $months }.
    } In tutto
page-report-year-empty = { $span ->
        [one] Nel mese di { $to }
       *[other] Dal mese di { $from } al mese di { $to }
    } { $name } non ha ancora risultati pubblicati.
page-report-month = Nel solo mese di { $month }
page-report-month-empty = Nel solo mese di { $month } non è arrivato nessun giudizio.
page-report-carried = I giudizi di { $month } sono troppo pochi per essere pubblicati e sono riportati al mese seguente.
page-report-faces = { $n ->
        [one] un giudizio
       *[other] { $n } giudizi
    }: { $faces }.
page-report-face = { $face } { $count } ({ $share }; intervallo al 95 %: { $interval })
page-report-warnings = Avvertenze.
page-warn-who = Ha votato solo chi ha voluto: i giudizi non rappresentano tutti gli utenti.
page-warn-participation = La partecipazione è nota: nel mese di { $month } ha votato { $share } di chi è stato servito ({ $n } su { $served }; intervallo al 95 %: { $interval }).
page-warn-participation-partly = La partecipazione è nota solo per alcuni servizi, perché per gli altri non si conosce il numero delle persone servite.
page-warn-participation-unknown = La partecipazione non è nota, perché non si conosce il numero delle persone servite.
page-warn-channels = I canali raccolgono pubblici diversi con partecipazione diversa: le loro percentuali non si confrontano come misura di qualità.
page-warn-counter = Allo sportello la presenza dell’operatore può rendere più difficile un giudizio negativo.
page-warn-operators = I giudizi riguardano i servizi nel loro insieme e non valgono per la valutazione di singole persone.
page-warn-merged = I servizi con pochi voti sono sommati in «altri servizi».
page-warn-carried = Voti troppo pochi per essere pubblicati nel loro mese, riportati al mese seguente: { $months }.
page-warn-absent = Mancano i dati di { $months }.
page-warn-corrected = I numeri del mese sono una versione corretta.
page-report-source = Fonte: voce { $sequence } del registro firmato dell’ente (pubblicata { $day }; impronta { $id }). Dati con licenza { $licence }.
