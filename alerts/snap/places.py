"""Pure: places by the names under which customers write them: cities, airports, and what a brand's sites are called.

A name that is also an everyday word or a person's (Mobile, Nice, Orange) is left out: no place rather than a wrong one.
Countries are too large to be one.
"""

from __future__ import annotations

CITIES = (
    # The British Isles
    "Aberdeen", "Bath", "Belfast", "Birmingham", "Blackpool", "Bolton", "Bournemouth", "Bradford", "Brighton", "Bristol",
    "Cambridge", "Cardiff", "Carlisle", "Chelmsford", "Cheltenham", "Chester", "Colchester", "Cork", "Coventry", "Crawley",
    "Croydon", "Derby", "Doncaster", "Dublin", "Dundee", "Durham", "Edinburgh", "Exeter", "Galway", "Glasgow",
    "Gloucester", "Guildford", "Huddersfield", "Hull", "Inverness", "Ipswich", "Leeds", "Leicester", "Limerick", "Lincoln",
    "Liverpool", "London", "Luton", "Maidstone", "Manchester", "Middlesbrough", "Milton Keynes", "Newcastle", "Newport",
    "Northampton", "Norwich", "Nottingham", "Oxford", "Peterborough", "Plymouth", "Portsmouth", "Preston", "Reading",
    "Rotherham", "Salford", "Sheffield", "Slough", "Southampton", "Stockport", "Stoke", "Sunderland", "Swansea", "Swindon",
    "Wakefield", "Warrington", "Watford", "Wigan", "Wolverhampton", "Worcester", "York",
    # North America
    "Albany", "Albuquerque", "Anchorage", "Atlanta", "Austin", "Baltimore", "Baton Rouge", "Birmingham", "Boise", "Boston",
    "Boulder", "Brooklyn", "Buffalo", "Burlington", "Calgary", "Charleston", "Charlotte", "Chicago", "Cincinnati",
    "Cleveland", "Colorado Springs", "Columbus", "Dallas", "Dayton", "Denver", "Des Moines", "Detroit", "Edmonton",
    "El Paso", "Fort Lauderdale", "Fort Worth", "Fresno", "Grand Rapids", "Halifax", "Hartford", "Honolulu", "Houston",
    "Indianapolis", "Jacksonville", "Kansas City", "Knoxville", "Las Vegas", "Little Rock", "Long Beach", "Los Angeles",
    "Louisville", "Manhattan", "Memphis", "Mexico City", "Miami", "Milwaukee", "Minneapolis", "Montreal", "Nashville",
    "New Haven", "New Jersey", "New Orleans", "New York", "New York City", "Newark", "Norfolk", "Oakland", "Oklahoma City",
    "Omaha", "Orlando", "Ottawa", "Palm Springs", "Pensacola", "Philadelphia", "Phoenix", "Pittsburgh", "Portland",
    "Providence", "Quebec", "Raleigh", "Reno", "Richmond", "Rochester", "Sacramento", "Salt Lake City", "San Antonio",
    "San Diego", "San Francisco", "San Jose", "San Juan", "Santa Fe", "Sarasota", "Savannah", "Seattle", "Spokane",
    "St Louis", "Syracuse", "Tampa", "Toronto", "Tucson", "Tulsa", "Vancouver", "Vegas", "Washington", "Wichita",
    "Winnipeg", "Yuma",
    # Europe
    "Amsterdam", "Antwerp", "Athens", "Barcelona", "Basel", "Belgrade", "Berlin", "Bordeaux", "Bratislava", "Bremen",
    "Brussels", "Bucharest", "Budapest", "Cologne", "Copenhagen", "Dortmund", "Dresden", "Düsseldorf", "Florence",
    "Frankfurt", "Geneva", "Genoa", "Gothenburg", "Hamburg", "Hanover", "Helsinki", "Istanbul", "Kiel", "Krakow", "Kyiv",
    "Leipzig", "Lille", "Lisbon", "Ljubljana", "Lyon", "Madrid", "Malaga", "Marseille", "Milan", "Munich", "Naples",
    "Nuremberg", "Oslo", "Palermo", "Paris", "Porto", "Prague", "Riga", "Rome", "Rotterdam", "Salzburg", "Seville",
    "Sofia", "Stockholm", "Stuttgart", "Tallinn", "Toulouse", "Turin", "Utrecht", "Valencia", "Venice", "Vienna",
    "Vilnius", "Warsaw", "Zagreb", "Zurich", "Zürich",
    # Elsewhere
    "Abu Dhabi", "Accra", "Adelaide", "Auckland", "Bangalore", "Bangkok", "Beijing", "Bogota", "Brisbane", "Buenos Aires",
    "Cairo", "Canberra", "Cape Town", "Casablanca", "Chennai", "Christchurch", "Delhi", "Dhaka", "Doha", "Dubai", "Durban",
    "Hanoi", "Hong Kong", "Hyderabad", "Jakarta", "Johannesburg", "Karachi", "Kolkata", "Kuala Lumpur", "Lagos", "Lahore",
    "Lima", "Manila", "Melbourne", "Mumbai", "Nairobi", "New Delhi", "Osaka", "Perth", "Pune", "Rio de Janeiro", "Santiago",
    "Sao Paulo", "Seoul", "Shanghai", "Singapore", "Sydney", "Taipei", "Tel Aviv", "Tokyo", "Wellington",
)  # fmt: skip

AIRPORTS = (
    "AMS", "ATL", "AUS", "BCN", "BDL", "BHX", "BNA", "BOS", "BRU", "BUF", "BWI", "CDG", "CLE", "CLT", "CMH", "CPH", "CVG",
    "DCA", "DEN", "DFW", "DTW", "DUB", "DUS", "DXB", "EDI", "EWR", "FLL", "FRA", "GLA", "GRU", "GVA", "HEL", "HKG", "HNL",
    "HND", "IAD", "IAH", "ICN", "IND", "JAX", "JFK", "LAS", "LAX", "LBA", "LCY", "LGA", "LGW", "LHR", "LIS", "LTN", "MCI",
    "MCO", "MDW", "MEL", "MEM", "MEX", "MIA", "MKE", "MSP", "MSY", "MUC", "MXP", "NRT", "OAK", "OKC", "OMA", "ORD", "ORF",
    "ORY", "OSL", "PBI", "PDX", "PHL", "PHX", "PIT", "PVD", "PVG", "RDU", "RIC", "ROC", "RSW", "SAN", "SAT", "SDF", "SEA",
    "SFO", "SIN", "SJC", "SLC", "SMF", "SNA", "STL", "STN", "SYD", "SYR", "TPA", "TUS", "TXL", "VIE", "WAW", "YUL", "YVR",
    "YYC", "YYZ", "ZRH",
)  # fmt: skip
"""Codes that are no English word."""

SITES = (
    "airport", "branch", "depot", "hub", "office", "outlet", "restaurant", "showroom", "station", "store", "shop",
    "supermarket", "terminal", "warehouse",
)  # fmt: skip
