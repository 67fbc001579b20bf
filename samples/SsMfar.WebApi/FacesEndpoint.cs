using SsMfar.Faces;
using SsMfar.Inference;

namespace SsMfar.WebApi;

/// <summary>One photograph in, JSON out: every face with its place and what the model reads in it.</summary>
internal static class FacesEndpoint
{
    public static Task<IResult> HandleAsync(HttpRequest request, FaceReader reader, PictureRequest pictures) =>
        pictures.AnswerAsync<FacesReply>(
            request, () => picture => FacesReply.Of(reader.Read(FaceImage.FromStream(picture, name: "picture"))));
}
