/// Version of Leibniz, as results state it.
public let leibnizVersion = "0.1.0"
