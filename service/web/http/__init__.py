"""HTTP mechanics that API and pages share: bodies, parameters, errors, proxies."""
