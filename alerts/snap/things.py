"""Pure: what customers complain about, over all trades, as nouns that stand after "your" or "our"."""

from __future__ import annotations

GOODS = (
    # Bought
    "air fryer", "armchair", "backpack", "barbecue", "battery pack", "bed", "bedframe", "bed frame", "belt",
    "bicycle", "bike helmet", "blanket", "blender", "blinds", "blouse", "bookcase", "boots", "bouquet", "bracelet",
    "bra", "buggy", "cake", "camera", "camcorder", "candle", "carpet", "cardigan", "chair", "charger", "clock",
    "coat", "coffee", "coffee machine", "coffee maker", "computer game", "cooker", "couch", "cot", "curtains",
    "cushion", "desk", "dining table", "dishwasher", "dress", "drill", "drone", "dryer", "duvet", "dvd", "e-reader",
    "fitness tracker", "flowers", "freezer", "fridge", "fridge freezer", "fryer", "garden furniture", "glasses",
    "gloves", "goods", "guitar", "hairdryer", "hair dryer", "handbag", "hamper", "hard drive", "heater", "helmet",
    "hob", "hoodie", "hoover", "iron", "item", "jacket", "jeans", "jumper", "kettle", "keyboard", "kitchen", "ladder",
    "lamp", "lawnmower", "lawn mower", "leggings", "machine", "makeup", "mattress", "microphone", "microwave",
    "mixer", "monitor", "mower", "necklace", "oven", "paint", "perfume", "pillow", "pram", "present", "printer",
    "projector", "purchase", "pushchair", "pyjamas", "remote control", "ring", "rug", "sandals", "saucepan", "scarf",
    "scooter", "sewing machine", "shelf", "shelves", "shirt", "shoes", "shorts", "skirt", "smart watch", "sneakers",
    "sofa", "sofa bed", "stove", "stroller", "suit", "sunglasses", "sweater", "swimsuit", "table", "tent", "textbook",
    "thermostat", "toaster", "tool", "toothbrush", "toy", "trainers", "treadmill", "trousers", "tumble dryer",
    "turntable", "tyre", "vacuum", "vacuum cleaner", "vase", "video game", "vinyl", "wallet", "wardrobe", "washer",
    "washing machine", "webcam",
    # Sent
    "parcel", "package", "order", "delivery", "shipment", "letter", "pre-order", "preorder", "return",
    # Eaten
    "burger", "burrito", "chips", "chicken", "dinner", "drink", "food", "fries", "groceries", "grocery order",
    "grocery delivery", "lunch", "breakfast", "meal", "pasta", "pizza", "salad", "sandwich", "shopping", "steak",
    "takeaway", "takeout",
    # Travelled
    "bag", "baggage", "luggage", "suitcase", "carry-on", "carry-on bag", "checked bag", "checked baggage",
    "checked luggage", "boarding pass", "booking", "bus", "cab", "car seat", "carseat", "coach", "connection",
    "connecting flight", "cruise", "ferry", "flight", "golf clubs", "hotel", "hotel room", "hotel booking",
    "hire car", "inbound flight", "itinerary", "journey", "outbound flight", "rental", "rental car", "reservation",
    "return flight", "ride", "room", "seat", "seat assignment", "stay", "taxi", "ticket", "train", "trip", "upgrade",
    "holiday booking", "voucher",
    # Agreed and paid
    "appointment", "bill", "charge", "claim", "contract", "credit", "deposit", "direct debit", "gift card",
    "insurance", "invoice", "loan", "membership", "mortgage", "overdraft", "payment", "pension", "policy", "premium",
    "prescription", "plan", "rent", "salary", "statement", "subscription", "tariff", "transfer", "warranty", "miles",
    "points", "promo code", "discount code", "card payment", "refund request", "repair", "installation",
    # Used
    "album", "apps", "audiobook", "backup", "boiler", "channels", "contacts", "data plan", "downloads", "electricity",
    "emails", "gas", "gas supply", "heating", "hot water", "library", "licence", "license", "lines", "meter", "music",
    "notifications", "photos", "playlist", "podcast", "power", "power supply", "profile", "save file", "server",
    "smart meter", "songs", "streaming", "saved songs", "texts", "videos", "voicemail", "water", "water supply",
    "data", "game",
)  # fmt: skip
"""What is theirs, or was to be."""

MEANS = (
    "account", "speaker", "headphones", "earphones", "earbuds", "headset", "soundbar", "sound bar", "console",
    "smartwatch", "smart watch", "watch", "bank account", "business account", "online account", "email account",
    "premium account", "customer account", "app", "bike", "broadband", "cable", "cable box", "camera roll", "car",
    "card", "cell phone", "cellphone", "computer", "credit card", "debit card", "desktop", "device", "fire stick",
    "hub", "imac", "internet", "internet connection", "ipad", "ipad pro", "iphone", "ipod", "kindle", "landline",
    "laptop", "mac", "macbook", "macbook pro", "mobile", "mobile phone", "modem", "pc", "phone", "phone line",
    "router", "service", "signal", "smart tv", "smart phone", "smartphone", "tablet", "tele", "television", "tv",
    "tv box", "van", "wi-fi", "wifi", "airpods", "apple watch", "xbox",
)  # fmt: skip
"""What people complain about, and what they also only use: "on my phone" is no complaint about the phone."""

OURS = (
    "app", "booking system", "call centre", "call center", "chat", "chat bot", "chatbot", "checkout", "checkout page",
    "customer care", "customer service", "customer services", "customer support", "customer service line",
    "delivery service", "helpdesk", "help desk", "helpline", "hotline", "live chat", "login page", "mobile app",
    "mobile site", "network", "online booking system", "online chat", "online service", "online shop", "online store",
    "online system", "payment system", "phone line", "phone system", "self checkout", "servers", "shopping app",
    "site", "support", "support line", "support team", "system", "systems", "technical support", "tech support",
    "ticket machine", "tracking", "tracking page", "web page", "web player", "web site", "webpage", "website",
    "wi-fi", "wifi",
)  # fmt: skip
"""What is ours, and they have to do with."""

HAD = (
    "parcel", "package", "order", "delivery", "shipment", "flight", "train", "bus", "bags", "luggage", "baggage",
    "booking", "reservation", "hotel room", "room", "seats", "seat", "food", "meal", "bill", "invoice",
    "subscription", "connection", "connecting flight", "heating", "broadband", "internet", "signal", "item", "items",
)  # fmt: skip
"""What "the" may stand before when it is theirs."""
