namespace SsMfar.Weights;

/// <summary>Opens weight files of every format.</summary>
public static class WeightFileOpening
{
    extension(WeightFile)
    {
        /// <summary>Opens a file of any of the formats, told by its first bytes. The caller disposes it.</summary>
        /// <param name="path">The file.</param>
        /// <exception cref="ModelFileException">The file cannot be opened, is of none of them, or breaks its format's rules.</exception>
        public static WeightFile Open(string path)
        {
            var file = FileBytes.Open(path);
            try
            {
                return FileSignature.Recognize(file) switch
                {
                    WeightFileFormat.Safetensors => SafetensorsReader.Open(file),
                    WeightFileFormat.PyTorchZip => PyTorchReader.OpenZip(file),
                    WeightFileFormat.Onnx => OnnxReader.Open(file),
                    _ => PyTorchReader.OpenLegacy(file),
                };
            }
            catch
            {
                file.Dispose();
                throw;
            }
        }
    }
}
