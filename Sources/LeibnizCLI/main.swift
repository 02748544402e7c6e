print("leibniz")
