"""Words and remarks that change nothing: the tutor has to find the question among them."""

# fmt: off

WORDS = (
    "actually", "again", "already", "also", "always", "anyway", "around", "basically", "because", "before", "behind",
    "big", "both", "clearly", "completely", "currently", "different", "directly", "during", "each", "easily", "else",
    "enough", "especially", "every", "everything", "exactly", "few", "finally", "first", "free", "friend", "fully",
    "general", "given", "great", "happy", "hard", "here", "hopefully", "however", "huge", "idea", "important",
    "indeed", "inside", "instead", "interesting", "just", "kind", "large", "last", "later", "least", "less", "life",
    "likely", "little", "local", "long", "lot", "main", "many", "maybe", "mine", "moment", "more", "most", "much",
    "nearly", "need", "never", "new", "next", "nice", "normal", "now", "often", "old", "once", "only", "other",
    "outside", "own", "part", "perfect", "perhaps", "person", "place", "plain", "possible", "pretty", "probably",
    "problem", "production", "project", "properly", "quick", "quite", "rather", "real", "really", "reason",
    "recently", "right", "roughly", "same", "second", "several", "shortly", "simply", "since", "single", "slightly",
    "small", "somehow", "something", "sometimes", "soon", "special", "still", "strange", "stuff", "such", "sudden",
    "team", "thing", "though", "through", "today", "together", "tomorrow", "too", "total", "tricky", "typical",
    "under", "until", "usual", "usually", "various", "version", "very", "weird", "well", "while", "whole", "within",
    "without", "wonder", "world", "wrong", "year", "yesterday", "yet", "laptop", "company", "customer", "boss",
    "office", "morning", "evening", "week", "month", "data", "file", "user", "name", "number", "page", "list", "box",
    "machine", "cloud", "release", "branch", "bug", "ticket", "review", "meeting", "deadline", "demo", "prototype",
    "startup", "university", "student", "course", "book", "video", "blog", "article", "question", "answer", "example",
    "difference", "result", "value", "case",
)
BEFORE = (
    "I am on a Mac.", "I use Python 3.12.", "We are a small team.", "I have read the docs twice.",
    "I am reading a book about this.", "This came up in code review.", "My last job was in Java.",
    "I maintain a small web app.", "We had an outage yesterday.", "I searched for hours.", "Our release is tomorrow.",
    "I am preparing a talk.", "I only know JavaScript well.", "It is late and I am tired.", "I inherited this code.",
    "This is for production.", "It is only a prototype.", "My student asked me this.", "We deploy to the cloud.",
    "I saw it in a video.", "I have an interview tomorrow.", "I'm writing my thesis.",
    "Our tests pass, but I still wonder.", "I tried a few things already.", "Let me ask something else.",
    "Thanks for the last answer.", "I got stuck.", "There is something I never understood.",
    "We discussed it at lunch.", "I work at a bank.", "Picture this.", "Here is my situation.",
)
AFTER = (
    "I could not find it in the docs.", "Asking for a friend.", "I have no idea.", "My boss wants to know.",
    "I am curious.", "I need it by tomorrow.", "I tried everything.", "It drives me mad.", "Just the basics.",
    "I am not sure I understand.", "Be kind, I am new here.", "I keep getting this wrong.",
    "Correct me if I am wrong.", "It came up today.", "I would like to be sure.", "Nobody here knows.",
    "That confuses me.", "What do you think?", "Is there a rule?", "I want to do it right.", "The docs are unclear.",
    "Sorry for the long message.", "Thanks in advance!", "I saw different answers online.", "Help would be great.",
    "No rush.",
)
