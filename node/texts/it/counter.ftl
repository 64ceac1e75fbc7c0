# Che cosa il nodo dice al personale di uno sportello sul terminale che apre.

counter-terminal-away = Il terminale non è collegato: controllate che sia acceso e in rete.
counter-terminal-off = Il terminale è sospeso, revocato o non è più di questo sportello: avvisate il personale informatico.
counter-no-services = Nessun servizio di questo sportello è attivo adesso: avvisate il personale informatico.
counter-terminal-clock = L’orologio del terminale è sbagliato: avvisate il personale informatico.
counter-terminal-full = Il terminale ha quasi esaurito lo spazio per i voti in attesa: avvisate il personale informatico.

# Perché una richiesta dello sportello non è accolta.
counter-refused-service = Questo servizio non è attivo per questo sportello: avvisate il personale informatico.
counter-refused-catalogue = Il nodo non ha ancora l’elenco dei servizi: riprovate più tardi o avvisate il personale informatico.
counter-refused-many = Troppi servizi conclusi in un minuto: aspettate un poco.
counter-refused-queue = Al terminale aspettano già tre persone di altri sportelli: premete di nuovo fra un minuto.
counter-refused-late = Non si può più annullare: correggete il numero del giorno a mano.
counter-refused-future = Quel giorno deve ancora venire.
counter-refused-closed = Quel mese è chiuso: i suoi numeri non si cambiano più.
counter-refused-number = Un servizio può avere al massimo 100.000 utenti al giorno in una sede.
counter-refused-disk = Il nodo non riesce a conservare il numero: avvisate il personale informatico.
counter-refused-program = Il programma di questo PC ha chiesto qualcosa di sbagliato: avvisate il personale informatico.
