"""LeadSync: a local-first terminal CRM for outbound leads."""

__version__ = "0.1.0"
