using TorchSharp;

namespace SsMfar.Runtime;

/// <summary>
/// Numbers as libtorch takes them, kept until it has read them. TorchSharp hands over the address of a number and forgets the
/// <see cref="Scalar"/> that owns it, its own temporaries included: a collection in the middle of a call then frees what libtorch
/// reads. Every number that goes to an operation on tensors goes through here.
/// </summary>
internal static class Scalars
{
    // More than one call of libtorch takes, so that no number leaves while a call reads it; and callbacks have numbers of their own in
    // between.
    private const int Kept = 256;

    [ThreadStatic]
    private static Scalar?[]? s_ring;

    [ThreadStatic]
    private static int s_next;

    /// <summary>Gets 1, for the factor that additions take.</summary>
    private static Scalar One { get; } = 1L.ToScalar();

    /// <summary>Returns a number, valid for the operation that it is given to; not to be stored.</summary>
    /// <param name="value">The number.</param>
    public static Scalar Of(double value) => Keep(value.ToScalar());

    /// <inheritdoc cref="Of(double)"/>
    public static Scalar Of(long value) => Keep(value.ToScalar());

    /// <summary>a + b.</summary>
    public static torch.Tensor Plus(this torch.Tensor a, torch.Tensor b) => a.add(b, One);

    /// <inheritdoc cref="Plus(torch.Tensor, torch.Tensor)"/>
    public static torch.Tensor Plus(this torch.Tensor a, double b) => a.add(Of(b), One);

    /// <summary>a += b.</summary>
    public static torch.Tensor PlusInPlace(this torch.Tensor a, torch.Tensor b) => a.add_(b, One);

    /// <inheritdoc cref="PlusInPlace(torch.Tensor, torch.Tensor)"/>
    public static torch.Tensor PlusInPlace(this torch.Tensor a, double b) => a.add_(Of(b), One);

    /// <inheritdoc cref="PlusInPlace(torch.Tensor, torch.Tensor)"/>
    public static torch.Tensor PlusInPlace(this torch.Tensor a, long b) => a.add_(Of(b), One);

    /// <summary>whole - a.</summary>
    public static torch.Tensor From(this torch.Tensor a, double whole) => a.neg().add(Of(whole), One);

    /// <summary>a * a.</summary>
    public static torch.Tensor Squared(this torch.Tensor a) => a.mul(a);

    /// <summary>0, 1, ..., count - 1.</summary>
    /// <param name="count">How many.</param>
    /// <param name="type">The numbers' type.</param>
    /// <param name="device">Where they are made.</param>
    public static torch.Tensor Range(long count, torch.ScalarType type, torch.Device device) =>
        torch.arange(Of(0L), Of(count), One, type, device);

    /// <summary>1/2, 3/2, ..., count - 1/2: the centers of pixels, in float32.</summary>
    /// <param name="count">How many.</param>
    /// <param name="device">Where they are made.</param>
    public static torch.Tensor Centers(long count, torch.Device device) =>
        torch.arange(Of(0.5), Of(count), One, torch.ScalarType.Float32, device);

    private static Scalar Keep(Scalar scalar)
    {
        s_ring ??= new Scalar?[Kept];
        s_ring[s_next]?.Dispose();
        s_ring[s_next] = scalar;
        s_next = (s_next + 1) % Kept;
        return scalar;
    }
}
