using System.ComponentModel.DataAnnotations;

namespace SsMfar.WebApi;

/// <summary>
/// What the service takes on at a time: the section "Limits" of the configuration, on the command line <c>--Limits:Waiting 30</c>.
/// </summary>
internal sealed class ServiceLimits
{
    /// <summary>The largest body; a picture of more is no picture of a face.</summary>
    public const int MaximumBodyBytes = 10 << 20;

    /// <summary>
    /// What a client may go on sending after it was refused, and is thrown away: a connection closed under a client that sends loses it
    /// the answer.
    /// </summary>
    public const int ThrownAwayBytes = 10 << 20;

    /// <summary>
    /// Gets or sets how many pictures are decoded, or searched for faces, at once; one a processor, since each is one thread's work.
    /// </summary>
    [Range(1, 4096)]
    public int AtOnce { get; set; } = Environment.ProcessorCount;

    /// <summary>
    /// Gets or sets how many faces that wait for the model it reads together at most. More make the service as a whole faster and each of
    /// them wait longer; with 1 each is read by itself.
    /// </summary>
    [Range(1, 256)]
    public int Batch { get; set; } = 3;

    /// <summary>
    /// Gets or sets how many processors work on a batch together. More than one, and so fewer batches at once, make a lone picture faster,
    /// and a service that is full slower.
    /// </summary>
    [Range(1, 4096)]
    public int BatchThreads { get; set; } = 1;

    /// <summary>
    /// Gets or sets how many whole pictures may be here beyond <see cref="AtOnce"/>, waiting for their turn or for the model; further ones
    /// are refused. Unless set, eight times as many: the last of them then waits for about eight times the time of one, and a burst finds
    /// room.
    /// </summary>
    [Range(0, 1 << 20)]
    public int? Waiting { get; set; }

    /// <summary>Gets or sets how many connections may be open; further ones are closed as they come.</summary>
    [Range(1, 1 << 20)]
    public int Connections { get; set; } = 2000;

    /// <summary>
    /// Gets or sets the bytes of bodies that are held at once, whole and unfinished ones; further ones are refused. The last eighth is for
    /// small bodies alone.
    /// </summary>
    [Range(1 << 16, 1L << 40)]
    public long BodyMemory { get; set; } = 128 << 20;

    /// <summary>
    /// Gets or sets the bytes of decoded photographs that are searched for faces at once; further ones wait at their place. One of 50
    /// megapixels takes 150 MB, twice that with a box.
    /// </summary>
    [Range(1 << 20, 1L << 40)]
    public long PhotographMemory { get; set; } = 512 << 20;

    /// <summary>Gets or sets the seconds within which a whole body must have come.</summary>
    [Range(1, 3600)]
    public int BodySeconds { get; set; } = 30;

    /// <summary>Gets or sets the seconds within which a request's headers must have come.</summary>
    [Range(1, 3600)]
    public int HeaderSeconds { get; set; } = 10;

    /// <summary>Gets or sets the bytes a second below which, on the average, a body is given up, after its first three seconds.</summary>
    [Range(1, 1 << 30)]
    public int BodyBytesPerSecond { get; set; } = 1000;

    // Methods: a property would be a limit that the configuration may name, and that does nothing.
    public int BatchesAtOnce() => Math.Max(1, AtOnce / BatchThreads);

    public int WaitingAtMost() => Waiting ?? 8 * AtOnce;

    public int Room() => AtOnce + WaitingAtMost();

    /// <summary>Reads the section.</summary>
    /// <exception cref="InvalidOperationException">It has a name that is none, or a value that is no number.</exception>
    /// <exception cref="ValidationException">A limit is out of its range.</exception>
    public static ServiceLimits Of(IConfiguration configuration)
    {
        ServiceLimits limits = new();
        configuration.GetSection("Limits").Bind(limits, binder => binder.ErrorOnUnknownConfiguration = true);
        Validator.ValidateObject(limits, new(limits), validateAllProperties: true);
        return limits;
    }
}
