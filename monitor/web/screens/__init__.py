"""The dashboard's screens: a router each."""
