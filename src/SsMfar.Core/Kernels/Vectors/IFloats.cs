namespace SsMfar.Kernels.Vectors;

/// <summary>
/// A vector of float32 values, as many as a processor has instructions for: kernels are written once over any. All widths compute a value
/// by the same operations in the same order, so that results do not depend on which is taken.
/// </summary>
/// <typeparam name="TSelf">The vector.</typeparam>
internal unsafe interface IFloats<TSelf>
    where TSelf : struct, IFloats<TSelf>
{
    /// <summary>Gets whether this processor has the instructions.</summary>
    static abstract bool IsSupported { get; }

    /// <summary>Gets how many values it holds.</summary>
    static abstract int Lanes { get; }

    /// <summary>Gets zeros.</summary>
    static abstract TSelf Zero { get; }

    /// <summary>The same value in each lane.</summary>
    static abstract TSelf Create(float value);

    /// <summary>Adjacent values.</summary>
    static abstract TSelf Load(float* source);

    /// <summary>left · right + addend, rounded once.</summary>
    static abstract TSelf FusedMultiplyAdd(TSelf left, TSelf right, TSelf addend);

    /// <summary>The larger of each two.</summary>
    static abstract TSelf Max(TSelf left, TSelf right);

    /// <summary>The values whose <paramref name="condition"/> is above 0, and 0 elsewhere.</summary>
    static abstract TSelf WherePositive(TSelf condition, TSelf values);

    /// <summary>The values where <paramref name="left"/> and <paramref name="right"/> are equal, and 0 elsewhere.</summary>
    static abstract TSelf WhereEqual(TSelf left, TSelf right, TSelf values);

    /// <summary><paramref name="then"/> where left ≤ right, <paramref name="otherwise"/> elsewhere: where either is NaN, too.</summary>
    static abstract TSelf WhereAtMost(TSelf left, TSelf right, TSelf then, TSelf otherwise);

    /// <summary>Writes rows' columns: column c of <see cref="Lanes"/> rows goes to c * <paramref name="targetStride"/>.</summary>
    static abstract void Transpose(float* source, nint stride, float* target, nint targetStride);

    static abstract TSelf operator +(TSelf left, TSelf right);

    static abstract TSelf operator -(TSelf left, TSelf right);

    static abstract TSelf operator *(TSelf left, float right);

    /// <summary>Writes the values to adjacent places.</summary>
    void Store(float* target);

    /// <summary>Adds the values to as many of float64.</summary>
    void AddTo(double* target);
}
