using System.Threading.RateLimiting;
using SsMfar.Faces;
using SsMfar.Imaging;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>
/// One photograph in, JSON out: every face, or each within a box, with its place and what the model reads in it. All of it is done at a
/// place, as finding faces is most of the work; the faces go into the same batches as those of other requests. The photograph's pixels are
/// held until then, in counted memory.
/// </summary>
internal static class FacesEndpoint
{
    public static Task<IResult> HandleAsync(
        HttpRequest request, FaceReader reader, PictureRequest pictures, PhotographMemory memory) =>
        pictures.AnswerAsync<FacesReply>(request, () =>
        {
            FaceBox? box = FaceBoxQuery.Read(request.Query);
            return async picture =>
            {
                using RateLimitLease held = await memory.TakeAsync(picture, isCut: box is not null, request.HttpContext.RequestAborted);
                FaceImage image = FaceImage.FromStream(picture, box, "picture");
                FacesReply faces = FacesReply.Of(reader.Read(image, request.HttpContext.RequestAborted));
                return _ => Task.FromResult(faces);
            };
        });
}
