namespace SsMfar.Weights;

/// <summary>How a weight file is written.</summary>
public enum WeightFileFormat
{
    /// <summary>A JSON header and raw tensors (https://github.com/huggingface/safetensors).</summary>
    Safetensors,

    /// <summary>What <c>torch.save</c> writes since PyTorch 1.6: a zip archive of a pickle and one record a storage.</summary>
    PyTorchZip,

    /// <summary>What <c>torch.save</c> wrote before PyTorch 1.6: a row of pickles, then the storages.</summary>
    PyTorchLegacy,

    /// <summary>An ONNX model (https://onnx.ai): a graph with its weights.</summary>
    Onnx,
}
