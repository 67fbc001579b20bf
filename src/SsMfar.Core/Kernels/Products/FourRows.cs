namespace SsMfar.Kernels.Products;

/// <summary>Where four rows begin.</summary>
internal readonly unsafe struct FourRows(float* first, float* second, float* third, float* fourth)
{
    /// <summary>Rows that lie equally far apart.</summary>
    /// <param name="first">Where the first begins.</param>
    /// <param name="row">From a row to the next, in elements.</param>
    public FourRows(float* first, nint row)
        : this(first, first + row, first + (2 * row), first + (3 * row))
    {
    }

    /// <summary>Gets the first row.</summary>
    public float* First => first;

    /// <summary>Gets the second row.</summary>
    public float* Second => second;

    /// <summary>Gets the third row.</summary>
    public float* Third => third;

    /// <summary>Gets the fourth row.</summary>
    public float* Fourth => fourth;
}
