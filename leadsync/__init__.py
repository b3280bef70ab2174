"""LeadSync: a local-first terminal CRM for outbound leads."""
