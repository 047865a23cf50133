"""A trial becomes an ordinary `nn.Module`, safetensors and JSON; and predicts new rows."""
