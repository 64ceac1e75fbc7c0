# The poster at the counter.

poster-question = How did it go?
poster-green = Well
poster-yellow = So-so
poster-red = Badly
poster-call = When you have been served, tap a face.
poster-anonymous = It is anonymous
poster-anonymous-detail = We do not record who you are, at what time you vote or who served you.
poster-free = It is up to you
poster-free-detail = You need not vote. The service is the same whatever you choose.
poster-once = A few seconds are enough
poster-once-detail = One tap, once for each service. Results are published only when there are enough votes.
poster-more = What becomes of the votes, and what we have improved
