namespace SsMfar.Models;

/// <summary>In what number format a backbone computes. Its parameters are stored in their own format whatever this says.</summary>
public enum ComputePrecision
{
    /// <summary>In the parameters' own format, float32 unless the model was converted.</summary>
    Full,

    /// <summary>
    /// Convolutions in bfloat16: input and weights are cast where they are used, the weights that the optimizer sees stay float32, and
    /// batch normalisation keeps float32 parameters and statistics. Its range is that of float32, so no loss scaling is needed. Pays on
    /// CUDA and on CPUs with AVX512-BF16 or AMX; elsewhere it is slow.
    /// </summary>
    BFloat16,
}
