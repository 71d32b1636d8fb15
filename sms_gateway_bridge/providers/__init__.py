"""Ways out: one file a provider, all behind :class:`sms_gateway_bridge.providers.base.Provider`."""
