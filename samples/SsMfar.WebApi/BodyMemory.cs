namespace SsMfar.WebApi;

/// <summary>
/// The bytes of bodies that are in memory. There is no waiting for room, which would hold what others wait for. An eighth is kept for small
/// bodies: what a few large ones fill does not shut out faces.
/// </summary>
internal sealed class BodyMemory(ServiceLimits limits)
{
    /// <summary>The bytes up to which a body is small.</summary>
    public const int Small = 1 << 16;

    private long _used;

    /// <summary>Gets the bytes that are taken.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Takes bytes where there is room.</summary>
    /// <param name="bytes">How many more.</param>
    /// <param name="whole">How many the body then has.</param>
    public bool TryTake(int bytes, int whole)
    {
        if (Interlocked.Add(ref _used, bytes) <= (whole <= Small ? limits.BodyMemory : limits.BodyMemory / 8 * 7))
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    public void Release(int bytes) => Interlocked.Add(ref _used, -bytes);
}
