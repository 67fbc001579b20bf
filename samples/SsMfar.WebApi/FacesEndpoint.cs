using SsMfar.Faces;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>One photograph in, JSON out: every face with its place and what the model reads in it.</summary>
internal static class FacesEndpoint
{
    // A decoded photograph stays in memory while its faces are read: no more of them at a time than there are processors; others wait.
    private static readonly SemaphoreSlim Turns = new(Environment.ProcessorCount);

    public static Task<IResult> HandleAsync(HttpRequest request, FaceReader reader) => PictureRequest.AnswerAsync(async () =>
    {
        CancellationToken aborted = request.HttpContext.RequestAborted;
        using MemoryStream bytes = new();
        await (await PictureRequest.OpenAsync(request)).CopyToAsync(bytes, aborted);
        FaceImage picture = FaceImage.FromBytes(bytes.ToArray(), name: "picture");
        await Turns.WaitAsync(aborted);
        try
        {
            return Results.Ok(FacesReply.Of(await Task.Run(() => reader.Read(picture), aborted)));
        }
        finally
        {
            Turns.Release();
        }
    });
}
