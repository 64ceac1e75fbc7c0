# Che cosa pubblica la chiusura di un mese, a chi sta per farla.

close-carried = Mese di { $month }: i voti sono troppo pochi per essere pubblicati; { $n ->
        [one] un voto è riportato
       *[other] { $n } voti sono riportati
    } al mese successivo e ora si pubblica soltanto questo.
close-figures = Mese di { $month }: { $n ->
        [0] nessun voto
        [one] un voto in { $groups } gruppo
       *[other] { $n } voti in { $groups ->
            [one] un gruppo
           *[other] { $groups } gruppi
        }
    }; { $merged ->
        [0] nessun servizio sarà accorpato
        [one] un servizio sarà accorpato in altri servizi
       *[other] { $merged } servizi saranno accorpati in altri servizi
    }{ $carried }{ $reasons }.
close-carried-in = ; { $n ->
        [one] un voto riportato
       *[other] { $n } voti riportati
    } dai mesi precedenti
close-reasons-wait = ; i motivi di { $n ->
        [one] un voto rosso
       *[other] { $n } voti rossi
    } attendono i mesi successivi

# Che cosa guardare prima di chiudere. Un’indicazione non toglie alcun voto.
close-preview = { $figures } { $verify }
close-verify = Da verificare: { $services }. È un invito a guardare, non un’accusa: nessun voto viene tolto.
close-verify-service = { $service } ({ $checks })
check-outside-hours = voti fuori dall’orario di apertura
check-over-served = più voti che utenti serviti
check-short-gaps = troppi voti a meno di cinque secondi dal precedente
check-burst = troppi voti in un minuto
check-end-loading = troppi voti a fine orario o a fine mese
check-fast-greens = i voti ravvicinati sono più verdi degli altri
check-participation = molti più voti per utente servito che nei mesi precedenti
